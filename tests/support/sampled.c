#include "tests/support/sampled.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/reference/reference.h"

int sample_count(const gt_op *op)
{
    int count = 0;
    while (op->samples && op->samples[count].name)
        count++;
    return count;
}

static void move_inputs(sampled *s, gt_device device)
{
    for (int i = 0; i < s->inputs; i++)
        ck_assert_msg(gt_tensor_move(s->input[i], device) == GT_OK, "%s", gt_last_error());
}

void sampled_run(gt_device device, const gt_op *op, const gt_sample *sample, gt_dtype dtype, sampled *s)
{
    *s = (sampled){.outputs = op->outputs};
    s->tape = gt_tape_new(device);
    s->inputs = gt_sample_inputs(sample, dtype, 1, s->input);
    ck_assert_int_ge(s->inputs, 0);
    move_inputs(s, device);
    gt_status status = op->writes ? gt_run(op, s->input, s->inputs, sample->attributes)
                                  : gt_apply_all(s->tape, op, s->input, s->inputs, sample->attributes, s->output);
    ck_assert_msg(status == GT_OK, "%s, sample '%s': %s", op->name, sample->name, gt_last_error());
    move_inputs(s, GT_CPU);
    for (int i = 0; i < s->outputs; i++) {
        if (gt_tensor_device(s->output[i]) != GT_CPU)
            s->output[i] = gt_to_device(s->tape, s->output[i], GT_CPU);
        ck_assert_msg(s->output[i] != NULL, "%s, sample '%s': %s", op->name, sample->name, gt_last_error());
    }
}

void sampled_free(sampled *s)
{
    for (int i = 0; i < s->inputs; i++)
        gt_tensor_free(s->input[i]);
    gt_tape_free(s->tape);
}

/* ---- agreement ----------------------------------------------------------------------------------------------------
 */

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
                      "%s, sample '%s', %s, element %lld: %.17g, expected %.17g", op->name, sample->name, what,
                      (long long)i, gt_tensor_at(tensor, i), expected->values[i]);
}

void sampled_agrees_with_reference(gt_device device, const gt_op *op, const gt_sample *sample, gt_dtype dtype,
                                   double unit)
{
    sampled s, before;
    sampled_run(device, op, sample, dtype, &s);
    before.inputs = gt_sample_inputs(sample, dtype, 1, before.input);
    ck_assert_int_eq(before.inputs, s.inputs);
    reference_array input[GT_SAMPLE_INPUTS], output[GT_MAX_OUTPUTS];
    for (int i = 0; i < s.inputs; i++)
        input[i] = to_reference(before.input[i]);
    for (int i = 0; i < s.outputs; i++) {
        output[i] = to_reference(s.output[i]);
        for (int64_t j = 0; j < output[i].size; j++)
            output[i].values[j] = (double)NAN; /* so that a reference that forgets an element is seen */
    }
    reference_function *reference = reference_find(op->name);
    ck_assert_msg(reference != NULL, "%s has no reference in tests/reference", op->name);
    reference(&(reference_call){sample->attributes, s.inputs, s.outputs, input, output});
    for (int i = 0; i < s.outputs; i++)
        compare(op, sample, gt_dtype_name(dtype), s.output[i], &output[i], unit);
    for (int i = 0; i < s.inputs; i++)
        compare(op, sample, "an input", s.input[i], &input[i], unit);
    for (int i = 0; i < s.inputs; i++) {
        free(input[i].values);
        gt_tensor_free(before.input[i]);
    }
    for (int i = 0; i < s.outputs; i++)
        free(output[i].values);
    sampled_free(&s);
}

static void compare_tensors(const gt_op *op, const gt_sample *sample, const char *what, const gt_tensor *tensor,
                            const gt_tensor *other, double unit)
{
    reference_array expected = to_reference(other);
    compare(op, sample, what, tensor, &expected, unit);
    free(expected.values);
}

void sampled_agree(const gt_op *op, const gt_sample *sample, const char *what, const sampled *s,
                   const sampled *expected, double unit)
{
    for (int i = 0; i < s->outputs; i++)
        compare_tensors(op, sample, what, s->output[i], expected->output[i], unit);
    for (int i = 0; i < s->inputs; i++)
        compare_tensors(op, sample, what, s->input[i], expected->input[i], unit);
}

void sampled_gradients_agree(gt_device device, const gt_op *op, int order)
{
    int checked = 0;
    for (int i = 0; i < sample_count(op); i++) {
        gt_gradcheck_report report;
        gt_status status = gt_gradcheck_sample_on(device, op, &op->samples[i], order, &report);
        if (status == GT_ERR_UNSUPPORTED)
            continue;
        ck_assert_msg(status == GT_OK, "%s", report.message[0] ? report.message : gt_last_error());
        checked++;
    }
    /* The gradient of stop_gradient is zero by definition: differences see otherwise. */
    bool can = op->vjp && strcmp(op->name, "stop_gradient") != 0;
    ck_assert_msg(checked > 0 || !can, "%s: no sample's gradient was checked", op->name);
}
