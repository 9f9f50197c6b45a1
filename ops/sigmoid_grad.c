/* sigmoid_grad: the cotangent of sigmoid: y (1 - y) dy, from sigmoid's output y. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_BINARY(forward, gt_sigmoid_grad_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *y = gt_node_input(node, 1);
    if (gt_wants(node, 0))
        dx[0] = gt_sigmoid_grad(tape, dy[0], y);
    if (gt_wants(node, 1)) { /* (1 - 2 y) times both cotangents; 0 where either is, also if the other is infinite */
        gt_tensor *both = gt_mul_no_nan_grad(tape, dy[0], gt_node_input(node, 0));
        dx[1] = gt_sub(tape, both, gt_scale(tape, gt_mul_no_nan(tape, y, both), 2));
    }
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4), GT_UNIFORM(0, 1, 3, 4)}},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_UNIFORM(0, 1, 1)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_UNIFORM(0, 1, 131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0), GT_UNIFORM(0, 1, 0)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024), GT_UNIFORM(0, 1, 256, 1024)}};

const gt_op gt_op_sigmoid_grad = {
    .name = "sigmoid_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_sigmoid_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y)
{
    return gt_apply(tape, &gt_op_sigmoid_grad, (gt_tensor *[]){dy, y}, 2, NULL);
}
