/* Every op of the registry, from its samples and with no code per op: descriptor, kernel against the float64 reference,
 * float32 against float64, 1 thread against several, gradients of first and second order, and the workload. */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gradcheck.h"
#include "core/threads.h"
#include "tests/reference/reference.h"
#include "tests/support/suite.h"

typedef struct operands {
    int inputs, outputs;
    gt_tensor *input[GT_SAMPLE_INPUTS];
    gt_tensor *output[GT_MAX_OUTPUTS]; /* of the tape; for an op that writes, none */
    gt_tape *tape;
} operands;

static void run_kernel(const gt_op *op, const gt_sample *sample, gt_dtype dtype, operands *o)
{
    *o = (operands){.outputs = op->outputs};
    o->tape = gt_tape_new(GT_CPU);
    o->inputs = gt_sample_inputs(sample, dtype, 1, o->input);
    ck_assert_int_ge(o->inputs, 0);
    gt_status status = op->writes ? gt_run(op, o->input, o->inputs, sample->attributes)
                                  : gt_apply_all(o->tape, op, o->input, o->inputs, sample->attributes, o->output);
    ck_assert_msg(status == GT_OK, "%s, sample '%s': %s", op->name, sample->name, gt_last_error());
}

static void free_operands(operands *o)
{
    for (int i = 0; i < o->inputs; i++)
        gt_tensor_free(o->input[i]);
    gt_tape_free(o->tape);
}

static reference_array to_reference(const gt_tensor *tensor)
{
    reference_array array = {gt_tensor_dtype(tensor), gt_tensor_shape(tensor), gt_tensor_size(tensor), NULL};
    array.values = calloc((size_t)array.size + 1, sizeof *array.values);
    for (int64_t i = 0; i < array.size; i++)
        array.values[i] = gt_tensor_at(tensor, i);
    return array;
}

/* A bound for a value computed by n terms of about this size. */
static bool close_enough(double value, double expected, double largest, double unit)
{
    if (isnan(expected) || isinf(expected))
        return (isnan(value) && isnan(expected)) || value == expected;
    return fabs(value - expected) <= unit * (fabs(expected) + largest);
}

static void compare(const gt_op *op, const gt_sample *sample, const char *what, const gt_tensor *tensor,
                    const reference_array *expected, double unit)
{
    double largest = 0;
    for (int64_t i = 0; i < expected->size; i++)
        if (isfinite(expected->values[i]))
            largest = fmax(largest, fabs(expected->values[i]));
    ck_assert_int_eq(gt_tensor_size(tensor), expected->size);
    for (int64_t i = 0; i < expected->size; i++)
        ck_assert_msg(close_enough(gt_tensor_at(tensor, i), expected->values[i], largest, unit),
                      "%s, sample '%s', %s, element %lld: %.17g, reference %.17g", op->name, sample->name, what,
                      (long long)i, gt_tensor_at(tensor, i), expected->values[i]);
}

/* Runs the reference on the same inputs and compares outputs, or the inputs that the op writes. */
static void check_against_reference(const gt_op *op, const gt_sample *sample, gt_dtype dtype, double unit)
{
    operands o, before;
    run_kernel(op, sample, dtype, &o);
    before.inputs = gt_sample_inputs(sample, dtype, 1, before.input);
    ck_assert_int_eq(before.inputs, o.inputs);
    reference_array input[GT_SAMPLE_INPUTS], output[GT_MAX_OUTPUTS];
    for (int i = 0; i < o.inputs; i++)
        input[i] = to_reference(before.input[i]);
    for (int i = 0; i < o.outputs; i++) {
        output[i] = to_reference(o.output[i]);
        for (int64_t j = 0; j < output[i].size; j++)
            output[i].values[j] = (double)NAN; /* so that a reference that forgets an element is seen */
    }
    reference_function *reference = reference_find(op->name);
    ck_assert_msg(reference != NULL, "%s has no reference in tests/reference", op->name);
    reference(&(reference_call){sample->attributes, o.inputs, o.outputs, input, output});
    for (int i = 0; i < o.outputs; i++)
        compare(op, sample, dtype == GT_FLOAT32 ? "float32" : "float64", o.output[i], &output[i], unit);
    for (int i = 0; i < o.inputs; i++)
        compare(op, sample, "an input", o.input[i], &input[i], unit);
    for (int i = 0; i < o.inputs; i++) {
        free(input[i].values);
        gt_tensor_free(before.input[i]);
    }
    for (int i = 0; i < o.outputs; i++)
        free(output[i].values);
    free_operands(&o);
}

static int sample_count(const gt_op *op)
{
    int count = 0;
    while (op->samples && op->samples[count].name)
        count++;
    return count;
}

START_TEST(descriptor_is_sound)
{
    const gt_op *op = gt_op_at(_i);
    ck_assert_msg(gt_op_check(op) == GT_OK, "%s", gt_last_error());
    ck_assert_msg(sample_count(op) > 0, "%s has no samples", op->name);
    ck_assert_ptr_eq(gt_op_find(op->name), op);
    if (_i + 1 < gt_op_count())
        ck_assert_msg(strcmp(op->name, gt_op_at(_i + 1)->name) < 0, "%s is not in alphabetical order", op->name);
}
END_TEST

START_TEST(float64_kernel_agrees_with_reference)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++)
        check_against_reference(op, &op->samples[s], GT_FLOAT64, 1e-13);
}
END_TEST

START_TEST(float32_kernel_agrees_with_reference)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++)
        check_against_reference(op, &op->samples[s], GT_FLOAT32, 16 * (double)FLT_EPSILON);
}
END_TEST

START_TEST(bits_do_not_depend_on_threads)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++) {
        operands one, several;
        gt_set_threads(1);
        run_kernel(op, &op->samples[s], GT_FLOAT32, &one);
        gt_set_threads(3);
        run_kernel(op, &op->samples[s], GT_FLOAT32, &several);
        for (int i = 0; i < one.outputs; i++)
            ck_assert_mem_eq(gt_tensor_data(one.output[i]), gt_tensor_data(several.output[i]),
                             (size_t)gt_tensor_size(one.output[i]) * gt_dtype_size(gt_tensor_dtype(one.output[i])));
        for (int i = 0; i < one.inputs; i++)
            ck_assert_mem_eq(gt_tensor_data(one.input[i]), gt_tensor_data(several.input[i]),
                             (size_t)gt_tensor_size(one.input[i]) * gt_dtype_size(gt_tensor_dtype(one.input[i])));
        free_operands(&one);
        free_operands(&several);
    }
}
END_TEST

/* What `gradtape bench ops` times. */
START_TEST(workload_runs)
{
    const gt_op *op = gt_op_at(_i);
    ck_assert_msg(op->workload != NULL, "%s has no workload", op->name);
    operands o;
    run_kernel(op, op->workload, GT_FLOAT32, &o);
    free_operands(&o);
}
END_TEST

/* At least one sample of a differentiable op must be checked, and every one that can be must pass. */
static void check_gradients(const gt_op *op, int order)
{
    int checked = 0;
    for (int s = 0; s < sample_count(op); s++) {
        gt_gradcheck_report report;
        gt_status status = gt_gradcheck_sample(op, &op->samples[s], order, &report);
        if (status == GT_ERR_UNSUPPORTED)
            continue;
        ck_assert_msg(status == GT_OK, "%s", report.message[0] ? report.message : gt_last_error());
        checked++;
    }
    /* The gradient of stop_gradient is zero by definition: differences see otherwise. */
    bool can = op->vjp && strcmp(op->name, "stop_gradient") != 0;
    ck_assert_msg(checked > 0 || !can, "%s: no sample's gradient was checked", op->name);
}

START_TEST(gradients_agree_with_differences)
{
    check_gradients(gt_op_at(_i), 1);
}
END_TEST

START_TEST(second_gradients_agree_with_differences)
{
    check_gradients(gt_op_at(_i), 2);
}
END_TEST

/* Each input alone: the sweep reports a vjp that computes more than it was asked for. */
START_TEST(vjp_computes_only_what_is_wanted)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; op->vjp && s < sample_count(op); s++) {
        gt_tensor *input[GT_SAMPLE_INPUTS];
        int count = gt_sample_inputs(&op->samples[s], GT_FLOAT64, 1, input);
        for (int wanted = 0; wanted < count; wanted++) {
            if (!gt_dtype_is_real(gt_tensor_dtype(input[wanted])) || op->no_gradient & GT_INPUT(wanted))
                continue;
            gt_tape *tape = gt_tape_new(GT_CPU);
            gt_tensor *output[GT_MAX_OUTPUTS], *target = NULL, *gradient;
            gt_tape_watch(tape, input[wanted]);
            gt_tape_begin(tape);
            gt_apply_all(tape, op, input, count, op->samples[s].attributes, output);
            gt_tape_end(tape);
            for (int i = op->outputs - 1; i >= 0; i--)
                if (gt_dtype_is_real(gt_tensor_dtype(output[i])))
                    target = output[i];
            if (target)
                ck_assert_msg(gt_tape_gradient(tape, target, 1, &input[wanted], &gradient) == GT_OK,
                              "%s, sample '%s', input %d alone: %s", op->name, op->samples[s].name, wanted,
                              gt_tape_message(tape));
            gt_tape_free(tape);
        }
        for (int i = 0; i < count; i++)
            gt_tensor_free(input[i]);
    }
}
END_TEST

int main(void)
{
    int ops = gt_op_count();
    return run_suite("registry", (const suite_test[]){
                                     LOOP_TEST(descriptor_is_sound, ops),
                                     LOOP_TEST(float64_kernel_agrees_with_reference, ops),
                                     LOOP_TEST(float32_kernel_agrees_with_reference, ops),
                                     LOOP_TEST(bits_do_not_depend_on_threads, ops),
                                     LOOP_TEST(workload_runs, ops),
                                     LOOP_TEST(gradients_agree_with_differences, ops),
                                     LOOP_TEST(second_gradients_agree_with_differences, ops),
                                     LOOP_TEST(vjp_computes_only_what_is_wanted, ops),
                                     END_OF_TESTS,
                                 });
}
