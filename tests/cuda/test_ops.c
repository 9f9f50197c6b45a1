/* Every op's CUDA kernel, from its samples and with no code per op: on a GPU, or on the host executor (tests/simt),
 * whichever GRADTAPE_CUDA or the installation leads to. */
#include <float.h>
#include <string.h>

#include "tests/support/larger_samples.h"
#include "tests/support/sampled.h"
#include "tests/support/suite.h"

#define FLOAT64_UNIT 1e-12
#define FLOAT32_UNIT (32 * (double)FLT_EPSILON)

static bool has_kernel(const gt_op *op)
{
    return !op->view && !op->transfers;
}

START_TEST(op_has_a_cuda_kernel)
{
    const gt_op *op = gt_op_at(_i);
    ck_assert_msg(gt_device_available(GT_CUDA), "%s", gt_last_error());
    ck_assert_msg(gt_op_runs_on(op, GT_CUDA), "%s has no kernel for cuda", op->name);
    ck_assert_msg(!has_kernel(op) || op->slot->kernel[GT_CUDA], "%s's slot is empty", op->name);
}
END_TEST

START_TEST(float64_kernel_agrees_with_reference)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++)
        sampled_agrees_with_reference(GT_CUDA, op, &op->samples[s], GT_FLOAT64, FLOAT64_UNIT);
}
END_TEST

START_TEST(float32_kernel_agrees_with_reference)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++)
        sampled_agrees_with_reference(GT_CUDA, op, &op->samples[s], GT_FLOAT32, FLOAT32_UNIT);
}
END_TEST

static void agrees_with_cpu(const gt_op *op, const gt_sample *sample, gt_dtype dtype, double unit)
{
    sampled cuda, cpu;
    sampled_run(GT_CUDA, op, sample, dtype, &cuda);
    sampled_run(GT_CPU, op, sample, dtype, &cpu);
    sampled_agree(op, sample, "cuda and cpu", &cuda, &cpu, unit);
    sampled_free(&cuda);
    sampled_free(&cpu);
}

START_TEST(kernel_agrees_with_the_cpus)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++) {
        agrees_with_cpu(op, &op->samples[s], GT_FLOAT64, FLOAT64_UNIT);
        agrees_with_cpu(op, &op->samples[s], GT_FLOAT32, FLOAT32_UNIT);
    }
}
END_TEST

/* No atomics on floats: whatever order threads run in, the bits are the same. */
START_TEST(two_runs_give_the_same_bits)
{
    const gt_op *op = gt_op_at(_i);
    for (int s = 0; s < sample_count(op); s++) {
        sampled first, second;
        sampled_run(GT_CUDA, op, &op->samples[s], GT_FLOAT32, &first);
        sampled_run(GT_CUDA, op, &op->samples[s], GT_FLOAT32, &second);
        for (int i = 0; i < first.outputs; i++)
            ck_assert_mem_eq(gt_tensor_data(first.output[i]), gt_tensor_data(second.output[i]),
                             (size_t)gt_tensor_size(first.output[i]) * gt_dtype_size(gt_tensor_dtype(first.output[i])));
        sampled_free(&first);
        sampled_free(&second);
    }
}
END_TEST

START_TEST(larger_shapes_agree_with_the_cpus)
{
    const gt_op *op = gt_op_find(larger_samples[_i].op);
    ck_assert_msg(op != NULL, "no op %s", larger_samples[_i].op);
    agrees_with_cpu(op, &larger_samples[_i].sample, GT_FLOAT64, FLOAT64_UNIT);
    agrees_with_cpu(op, &larger_samples[_i].sample, GT_FLOAT32, 8 * FLOAT32_UNIT);
}
END_TEST

START_TEST(kernels_copy_nothing_to_the_host)
{
    const gt_op *op = gt_op_at(_i);
    const gt_sample *sample = &op->samples[0];
    gt_tensor *input[GT_SAMPLE_INPUTS], *output[GT_MAX_OUTPUTS];
    gt_tape *tape = gt_tape_new(GT_CUDA);
    const int count = gt_sample_inputs(sample, GT_FLOAT32, 1, input);
    for (int i = 0; i < count; i++)
        ck_assert_msg(gt_tensor_move(input[i], GT_CUDA) == GT_OK, "%s", gt_last_error());
    gt_device_statistics before, after;
    ck_assert_int_eq(gt_device_statistics_of(GT_CUDA, &before), GT_OK);
    gt_status status = op->writes ? gt_run(op, input, count, sample->attributes)
                                  : gt_apply_all(tape, op, input, count, sample->attributes, output);
    ck_assert_msg(status == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(gt_device_statistics_of(GT_CUDA, &after), GT_OK);
    if (!op->transfers) { /* to_device's sample is of the CPU: it copies to the host by name */
        ck_assert_int_eq(after.copies_out, before.copies_out);
        ck_assert_int_eq(after.copies_in, before.copies_in);
        ck_assert_int_eq(after.waits, before.waits);
    }
    for (int i = 0; i < count; i++)
        gt_tensor_free(input[i]);
    gt_tape_free(tape);
}
END_TEST

int main(void)
{
    const int ops = gt_op_count();
    return run_suite("cuda ops", (const suite_test[]){
                                     LOOP_TEST(op_has_a_cuda_kernel, ops),
                                     LOOP_TEST(float64_kernel_agrees_with_reference, ops),
                                     LOOP_TEST(float32_kernel_agrees_with_reference, ops),
                                     LOOP_TEST(kernel_agrees_with_the_cpus, ops),
                                     LOOP_TEST(two_runs_give_the_same_bits, ops),
                                     LOOP_TEST(larger_shapes_agree_with_the_cpus, larger_sample_count),
                                     LOOP_TEST(kernels_copy_nothing_to_the_host, ops),
                                     END_OF_TESTS,
                                 });
}
