/* Every op's CUDA kernel, from its samples and with no code per op: on a GPU, or on the host executor (tests/simt),
 * whichever GRADTAPE_CUDA or the installation leads to. */
#include <float.h>
#include <string.h>

#include "ops/attributes.h"
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

/* Past one tile, warp, block or chunk: where samples, which gradients are checked at too, are too small. */
static const struct {
    const char *op;
    gt_sample sample;
} larger[] = {
#define WITH(type, ...)                                                                                                \
    .attributes = &(const type)                                                                                        \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
    {"relu", {.name = "many blocks", .inputs = {GT_NORMAL(1000, 37)}}},
    {"add", {.name = "row of many", .inputs = {GT_NORMAL(300, 131), GT_NORMAL(131)}}},
    {"sum", {.name = "all, in chunks", .inputs = {GT_NORMAL(77, 301)}, WITH(gt_reduce_attributes, 3, 0)}},
    {"sum", {.name = "rows, in chunks", .inputs = {GT_NORMAL(3000, 37)}, WITH(gt_reduce_attributes, 1, 0)}},
    {"sum", {.name = "columns", .inputs = {GT_NORMAL(70, 2000)}, WITH(gt_reduce_attributes, 2, 0)}},
    {"var", {.name = "rows, in chunks", .inputs = {GT_NORMAL(1100, 35)}, WITH(gt_reduce_attributes, 1, 0)}},
    {"max", {.name = "long", .inputs = {GT_NORMAL(3, 4000)}, WITH(gt_reduce_attributes, 2, 0)}},
    {"argmax", {.name = "long", .inputs = {GT_NORMAL(3, 4000)}, WITH(gt_axis_attributes, 1)}},
    {"softmax", {.name = "long rows", .inputs = {GT_NORMAL(3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"softmax", {.name = "long columns", .inputs = {GT_NORMAL(1500, 3)}, WITH(gt_axis_attributes, 0)}},
    {"softmax_grad",
     {.name = "long rows", .inputs = {GT_NORMAL(3, 1500), GT_UNIFORM(0, 0.01, 3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"log_softmax", {.name = "long rows", .inputs = {GT_NORMAL(3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"log_softmax_grad",
     {.name = "long rows", .inputs = {GT_NORMAL(3, 1500), GT_NORMAL(3, 1500)}, WITH(gt_axis_attributes, 1)}},
    {"sparse_softmax_cross_entropy", {.name = "long rows", .inputs = {GT_NORMAL(9, 1500), GT_INDEX(0, 1500, 9)}}},
    {"softmax_cross_entropy", {.name = "long rows", .inputs = {GT_NORMAL(9, 1500), GT_ONE_HOT(9, 1500)}}},
    {"mean_squared_error", {.name = "in chunks", .inputs = {GT_NORMAL(99, 321), GT_NORMAL(99, 321)}}},
    {"transpose", {.name = "tiles", .inputs = {GT_NORMAL(70, 133)}, WITH(gt_order_attributes, {1, 0})}},
    {"transpose", {.name = "stacked", .inputs = {GT_NORMAL(5, 40, 65)}, WITH(gt_order_attributes, {0, 2, 1})}},
    {"gather", {.name = "many", .inputs = {GT_NORMAL(50, 33), GT_INDEX(0, 50, 700)}}},
    {"scatter_add",
     {.name = "many", .inputs = {GT_NORMAL(900, 7), GT_INDEX(0, 20, 900)}, WITH(gt_rows_attributes, 20)}},
    {"matmul", {.name = "large", .inputs = {GT_NORMAL(70, 90), GT_NORMAL(90, 65)}, WITH(gt_matmul_attributes, 0, 0)}},
#define CONVOLUTION(n, h, w, c, k, o)                                                                                  \
    WITH(gt_conv2d_attributes, {1, 1}, {1, 1}, {0, 0}, {0, 0}, GT_DIMENSIONS(n, h, w, c), GT_DIMENSIONS(k, k, c, o))
    {"conv2d",
     {.name = "tiles", .inputs = {GT_NORMAL(2, 14, 13, 5), GT_NORMAL(3, 3, 5, 70)}, CONVOLUTION(2, 14, 13, 5, 3, 70)}},
    {"conv2d",
     {.name = "packs", .inputs = {GT_NORMAL(3, 9, 9, 8), GT_NORMAL(3, 3, 8, 36)}, CONVOLUTION(3, 9, 9, 8, 3, 36)}},
    {"conv2d_input_grad",
     {.name = "tiles",
      .inputs = {GT_NORMAL(2, 12, 11, 36), GT_NORMAL(3, 3, 40, 36)},
      CONVOLUTION(2, 14, 13, 40, 3, 36)}},
    {"conv2d_filter_grad",
     {.name = "chunks", .inputs = {GT_NORMAL(4, 12, 11, 8), GT_NORMAL(4, 14, 13, 8)}, CONVOLUTION(4, 14, 13, 8, 3, 8)}},
    {"batch_norm",
     {.name = "chunks",
      .inputs = {GT_NORMAL(1000, 35), GT_NORMAL(35), GT_NORMAL(35)},
      WITH(gt_epsilon_attributes, 1e-3)}},
};
enum { LARGER = sizeof larger / sizeof larger[0] };

START_TEST(larger_shapes_agree_with_the_cpus)
{
    const gt_op *op = gt_op_find(larger[_i].op);
    ck_assert_msg(op != NULL, "no op %s", larger[_i].op);
    agrees_with_cpu(op, &larger[_i].sample, GT_FLOAT64, FLOAT64_UNIT);
    agrees_with_cpu(op, &larger[_i].sample, GT_FLOAT32, 8 * FLOAT32_UNIT);
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
                                     LOOP_TEST(larger_shapes_agree_with_the_cpus, LARGER),
                                     LOOP_TEST(kernels_copy_nothing_to_the_host, ops),
                                     END_OF_TESTS,
                                 });
}
