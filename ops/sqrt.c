/* sqrt: y = the square root of x. dx = dy / (2 y), and 0 where dy is 0, also at x = 0. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_sqrt_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_div_grad(tape, gt_scale(tape, dy[0], 0.5), gt_node_output(node, 0));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_UNIFORM(0.2, 3, 3, 4)}},
    {.name = "scalar", .inputs = {GT_UNIFORM(0.2, 3, 1)}},
    {.name = "odd tail", .inputs = {GT_UNIFORM(0.2, 3, 131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_UNIFORM(0.2, 3, 256, 1024)}};

const gt_op gt_op_sqrt = {
    .name = "sqrt",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_OUTPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_sqrt(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_sqrt, &x, 1, NULL);
}
