/* sign: -1, 0 or 1; NaN stays. The derivative is zero wherever there is one, and taken as zero at 0. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_sign_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    (void)tape;
    (void)node;
    (void)dy;
    (void)dx;
}

/* Bit 1: the cotangent, which is an input of the second-order check. */
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .zero_gradient = 3},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .zero_gradient = 3},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}, .zero_gradient = 3},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_sign = {
    .name = "sign",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_sign(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_sign, &x, 1, NULL);
}
