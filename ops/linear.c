/* linear: y = x W + b over x's last axis: a dense layer. */
#include "ops/linear_parts.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    return gt_linear_run(call, false);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_linear_vjp(tape, node, dy[0], dx);
}

static const gt_sample samples[] = {
    {.name = "batch", .inputs = {GT_NORMAL(5, 3), GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "single entry", .inputs = {GT_NORMAL(1, 1), GT_NORMAL(1, 1), GT_NORMAL(1)}},
    {.name = "vector", .inputs = {GT_NORMAL(3), GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "three axes", .inputs = {GT_NORMAL(2, 3, 4), GT_NORMAL(4, 2), GT_NORMAL(2)}},
    {.name = "past tiles and panels", .inputs = {GT_NORMAL(9, 2), GT_NORMAL(2, 19), GT_NORMAL(19)}},
    {.name = "whole panels", .inputs = {GT_NORMAL(2, 3), GT_NORMAL(3, 16), GT_NORMAL(16)}},
    {.name = "no inner axis", .inputs = {GT_NORMAL(3, 0), GT_NORMAL(0, 2), GT_NORMAL(2)}},
    {.name = "empty batch", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3, 2), GT_NORMAL(2)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(100, 784), GT_NORMAL(784, 398), GT_NORMAL(398)}};

const gt_op gt_op_linear = {
    .name = "linear",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_linear,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_linear(gt_tape *tape, gt_tensor *x, gt_tensor *weight, gt_tensor *bias)
{
    return gt_apply(tape, &gt_op_linear, (gt_tensor *[]){x, weight, bias}, 3, NULL);
}
