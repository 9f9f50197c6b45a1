/* silu: y = x / (1 + e^-x). S. Elfwing, E. Uchibe, K. Doya, "Sigmoid-weighted linear units for neural network function
 * approximation in reinforcement learning", Neural Networks 107 (2018). Also called swish. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_silu_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_silu_grad(tape, dy[0], gt_node_input(node, 0));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},      {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}},     {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {.name = "far", .inputs = {GT_UNIFORM(-60, 60, 17)}}, {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_silu = {
    .name = "silu",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_silu(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_silu, &x, 1, NULL);
}
