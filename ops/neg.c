/* neg: y = -x. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_neg_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    (void)node;
    dx[0] = gt_neg(tape, dy[0]);
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_neg = {
    .name = "neg",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_neg(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_neg, &x, 1, NULL);
}
