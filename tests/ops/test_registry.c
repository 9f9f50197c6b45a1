/* Every op of the registry, from its samples and with no code per op: descriptor, kernel against the float64 reference,
 * float32 against float64, 1 thread against several, gradients of first and second order, and the workload. */
#include <float.h>
#include <string.h>

#include "core/threads.h"
#include "tests/support/sampled.h"
#include "tests/support/suite.h"

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
        sampled_agrees_with_reference(GT_CPU, op, &op->samples[s], GT_FLOAT64, 1e-13);
}
END_TEST

START_TEST(float32_kernel_agrees_with_reference)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++)
        sampled_agrees_with_reference(GT_CPU, op, &op->samples[s], GT_FLOAT32, 16 * (double)FLT_EPSILON);
}
END_TEST

START_TEST(bits_do_not_depend_on_threads)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++) {
        sampled one, several;
        gt_set_threads(1);
        sampled_run(GT_CPU, op, &op->samples[s], GT_FLOAT32, &one);
        gt_set_threads(3);
        sampled_run(GT_CPU, op, &op->samples[s], GT_FLOAT32, &several);
        for (int i = 0; i < one.outputs; i++)
            ck_assert_mem_eq(gt_tensor_data(one.output[i]), gt_tensor_data(several.output[i]),
                             (size_t)gt_tensor_size(one.output[i]) * gt_dtype_size(gt_tensor_dtype(one.output[i])));
        for (int i = 0; i < one.inputs; i++)
            ck_assert_mem_eq(gt_tensor_data(one.input[i]), gt_tensor_data(several.input[i]),
                             (size_t)gt_tensor_size(one.input[i]) * gt_dtype_size(gt_tensor_dtype(one.input[i])));
        sampled_free(&one);
        sampled_free(&several);
    }
}
END_TEST

/* What takes minutes under emulation and sanitizers, and shows nothing there that the other tests do not. */
#if !defined TEST_EMULATED && !defined TEST_SANITIZED

/* What `gradtape bench ops` times: large. */
START_TEST(workload_runs)
{
    const gt_op *op = gt_op_at(_i);
    ck_assert_msg(op->workload != NULL, "%s has no workload", op->name);
    sampled o;
    sampled_run(GT_CPU, op, op->workload, GT_FLOAT32, &o);
    sampled_free(&o);
}
END_TEST

/* About formulas, of the same kernels as the first. */
START_TEST(second_gradients_agree_with_differences)
{
    sampled_gradients_agree(GT_CPU, gt_op_at(_i), 2);
}
END_TEST

#endif

START_TEST(gradients_agree_with_differences)
{
    sampled_gradients_agree(GT_CPU, gt_op_at(_i), 1);
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
    return run_suite(
        "registry", (const suite_test[]) {
            LOOP_TEST(descriptor_is_sound, ops), LOOP_TEST(float64_kernel_agrees_with_reference, ops),
                LOOP_TEST(float32_kernel_agrees_with_reference, ops), LOOP_TEST(bits_do_not_depend_on_threads, ops),
                LOOP_TEST(gradients_agree_with_differences, ops),
#if !defined TEST_EMULATED && !defined TEST_SANITIZED
                LOOP_TEST(workload_runs, ops), LOOP_TEST(second_gradients_agree_with_differences, ops),
#endif
                LOOP_TEST(vjp_computes_only_what_is_wanted, ops), END_OF_TESTS,
        });
}
