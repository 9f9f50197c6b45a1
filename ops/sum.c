/* sum: over any axes, pairwise (core/reduction.h). */
#include "core/reduction.h"
#include "ops/reduce.h"

static gt_status forward(const gt_call *call)
{
    gt_reduction plan;
    gt_reduction_plan(&plan, &call->input[0].spec->shape,
                      (uint32_t)((const gt_reduce_attributes *)call->attributes)->axes);
    gt_reduce_sum(&plan, call->input[0].spec->dtype, call->input[0].data, call->output[0].data, 1);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_broadcast_to(tape, gt_reduce_restore(tape, node, dy[0]), gt_node_input_spec(node, 0)->shape);
}

static const gt_sample samples[] = {
    {.name = "all", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){3, 0}},
    {.name = "rows", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "columns", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {.name = "columns, kept", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){2, 1}},
    {.name = "outer and inner", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_reduce_attributes){5, 0}},
    {.name = "middle", .inputs = {GT_NORMAL(2, 3, 5)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {.name = "past a block", .inputs = {GT_NORMAL(3, 301)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {.name = "past a tile", .inputs = {GT_NORMAL(5, 131)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_reduce_attributes){0, 0}},
    {.name = "one", .inputs = {GT_NORMAL(1, 1)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "of nothing", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_reduce_attributes){3, 0}};

const gt_op gt_op_sum = {
    .name = "sum",
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

gt_tensor *gt_sum(gt_tape *tape, gt_tensor *x, const gt_axes *axes)
{
    return gt_reduce_apply(tape, &gt_op_sum, x, axes);
}
