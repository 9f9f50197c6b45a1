/* relu_grad: the cotangent of relu: dy where relu's output y is above 0, else 0; where y is NaN, dy. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/scalar.h"

GT_CPU_BINARY(forward, gt_relu_grad_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    if (gt_wants(node, 0))
        dx[0] = gt_relu_grad(tape, dy[0], gt_node_input(node, 1)); /* towards y it is zero by nature */
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}, .zero_gradient = 2},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_UNIFORM(0.5, 1, 1)}, .zero_gradient = 2},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}, .zero_gradient = 2},
    {.name = "empty", .inputs = {GT_NORMAL(0), GT_NORMAL(0)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)}};

const gt_op gt_op_relu_grad = {
    .name = "relu_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_relu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y)
{
    return gt_apply(tape, &gt_op_relu_grad, (gt_tensor *[]){dy, y}, 2, NULL);
}
