/* sum_of_squares: y = the sum of x^2 over all entries, a float64 scalar whatever float x is: squares of float32
 * overflow from 2e19 on, where a gradient is to be clipped, not lost. In blocks fixed by the shape, pairwise over the
 * blocks. */
#ifndef REAL

#include "core/reduction.h"
#include "core/threads.h"
#include "ops/ops.h"

enum {
    BLOCK = 1024, /* elements summed one after another, in this many running sums: */
    SUMS = 32,
    GRAIN = 32 /* blocks that are worth a thread's while */
};

typedef struct block_sums {
    const void *x;
    int64_t count;
    double *sum; /* of each block */
} block_sums;

#define KERNEL_FILE "ops/sum_of_squares.c"
#include "core/kernels.h"

static gt_status infer(const gt_infer *call)
{
    call->output[0] = (gt_spec){GT_FLOAT64, GT_SCALAR};
    return gt_need_real(call, 0);
}

static gt_status forward(const gt_call *call)
{
    const int64_t count = gt_operand_size(&call->input[0]), blocks = (count + BLOCK - 1) / BLOCK;
    block_sums sums = {call->input[0].data, count, gt_call_scratch(call, (size_t)blocks * sizeof(double))};
    if (!sums.sum)
        return GT_ERR_MEMORY;
    gt_parallel(blocks, GRAIN, GT_PICK(sum_blocks, call->input[0].spec->dtype), &sums);
    gt_reduction all;
    gt_reduction_plan(&all, &GT_SHAPE(blocks), 1);
    gt_reduce_sum(&all, GT_FLOAT64, sums.sum, call->output[0].data, 1);
    return GT_OK;
}

/* dx = 2 x dy. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *given = gt_cast(tape, dy[0], gt_node_input_spec(node, 0)->dtype);
    dx[0] = gt_scale(tape, gt_mul_no_nan(tape, gt_node_input(node, 0), given), 2);
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},     {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}},    {.name = "past a block", .inputs = {GT_NORMAL(5, 301)}},
    {.name = "of nothing", .inputs = {GT_NORMAL(0, 3)}}, {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(784, 398)}};

const gt_op gt_op_sum_of_squares = {
    .name = "sum_of_squares",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_sum_of_squares(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_sum_of_squares, &x, 1, NULL);
}

#else

/* At most BLOCK neighbours. */
static double KERNEL(sum_block)(const REAL *x, int64_t n)
{
    double sum[SUMS] = {0};
    int64_t i = 0;
    for (; i + SUMS <= n; i += SUMS)
        for (int k = 0; k < SUMS; k++)
            sum[k] += (double)x[i + k] * (double)x[i + k];
    for (; i < n; i++)
        sum[i % SUMS] += (double)x[i] * (double)x[i];
    for (int width = SUMS / 2; width > 0; width /= 2)
        for (int k = 0; k < width; k++)
            sum[k] += sum[k + width];
    return sum[0];
}

static void KERNEL(sum_blocks)(void *opaque, int64_t begin, int64_t end)
{
    const block_sums *sums = opaque;
    for (int64_t i = begin; i < end; i++) {
        const int64_t left = sums->count - i * BLOCK;
        sums->sum[i] = KERNEL(sum_block)((const REAL *)sums->x + i * BLOCK, left < BLOCK ? left : BLOCK);
    }
}

#endif
