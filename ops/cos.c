/* cos: the cosine, x in radians. dx = -sin(x) dy. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_cos_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_neg(tape, gt_mul_no_nan(tape, gt_sin(tape, gt_node_input(node, 0)), dy[0])); /* of infinity it is NaN */
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},      {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}},     {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {.name = "far", .inputs = {GT_UNIFORM(-60, 60, 17)}}, {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_cos = {
    .name = "cos",
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

gt_tensor *gt_cos(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_cos, &x, 1, NULL);
}
