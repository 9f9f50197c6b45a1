/* mean: the sum over some axes, divided by how many it adds; of nothing it is 0 / 0 = NaN, as in NumPy. */
#ifndef REAL

#include "core/reduction.h"
#include "ops/reduce.h"

#define KERNEL_FILE "ops/mean.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_reduce_attributes *attributes = gt_node_attributes(node);
    const gt_shape *shape = &gt_node_input_spec(node, 0)->shape;
    gt_tensor *share = gt_scale(tape, dy[0], 1 / (double)gt_reduce_count(shape, attributes->axes));
    dx[0] = gt_broadcast_to(tape, gt_reduce_restore(tape, node, share), *shape);
}

static const gt_sample samples[] = {
    {.name = "all", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){3, 0}},
    {.name = "rows", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "columns, kept", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){2, 1}},
    {.name = "outer and inner", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_reduce_attributes){5, 0}},
    {.name = "past a block", .inputs = {GT_NORMAL(2, 301)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_reduce_attributes){0, 0}},
    {.name = "of nothing", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "no entries", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_reduce_attributes){3, 0}};

const gt_op gt_op_mean = {
    .name = "mean",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_reduce,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_reduce_attributes),
    .fields = gt_reduce_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_mean(gt_tape *tape, gt_tensor *x, const gt_axes *axes)
{
    return gt_reduce_apply(tape, &gt_op_mean, x, axes);
}

#else

static gt_status KERNEL(forward)(const gt_call *call)
{
    gt_reduction plan;
    gt_reduction_plan(&plan, &call->input[0].spec->shape,
                      (uint32_t)((const gt_reduce_attributes *)call->attributes)->axes);
    REAL *y = call->output[0].data;
    gt_reduce_sum(&plan, call->input[0].spec->dtype, call->input[0].data, y, 1);
    /* Divided, not scaled by 1 / n: so the mean of 49 ones is 1. */
    for (int64_t i = 0; i < plan.outputs; i++)
        y[i] /= (REAL)plan.count;
    return GT_OK;
}

#endif
