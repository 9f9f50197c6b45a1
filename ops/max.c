/* max: the greatest element over some axes; NaN passes on. Of several equal ones the first gets the gradient. */
#include "ops/extremum.h"
#include "ops/grads.h"

static gt_status forward(const gt_call *call)
{
    return gt_extremum_pick_of(call, 0, ((const gt_reduce_attributes *)call->attributes)->axes, false);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_reduce_attributes *attributes = gt_node_attributes(node);
    dx[0] = gt_extremum_grad(tape, dy[0], gt_node_input(node, 0), attributes->axes, attributes->keepdims, false);
}

static const gt_sample samples[] = {
    {.name = "all", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){3, 0}},
    {.name = "rows", .inputs = {GT_NORMAL(5, 4)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "columns, kept", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){2, 1}},
    {.name = "outer and inner", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_reduce_attributes){5, 0}},
    {.name = "middle", .inputs = {GT_NORMAL(2, 3, 5)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {.name = "past a tile", .inputs = {GT_NORMAL(3, 131)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "axis of size 1", .inputs = {GT_NORMAL(3, 1)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_reduce_attributes){0, 0}},
    {.name = "ties",
     .inputs = {GT_VALUE(1.5, 2, 3)},
     .attributes = &(const gt_reduce_attributes){2, 0},
     .forward_only = true},
    {.name = "no entries", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_reduce_attributes){2, 0}};

const gt_op gt_op_max = {
    .name = "max",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_extremum,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .attribute_size = sizeof(gt_reduce_attributes),
    .fields = gt_reduce_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_max(gt_tape *tape, gt_tensor *x, const gt_axes *axes)
{
    return gt_reduce_apply(tape, &gt_op_max, x, axes);
}
