/* exp: y = e^x. dx = y dy. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_exp_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_mul_no_nan(tape, gt_node_output(node, 0), dy[0]); /* y may be infinite */
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_exp = {
    .name = "exp",
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

gt_tensor *gt_exp(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_exp, &x, 1, NULL);
}
