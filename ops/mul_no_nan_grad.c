/* mul_no_nan_grad: the cotangent of a in mul_no_nan(a, b): b dy, but 0 wherever b or dy is 0, even if the other is
 * infinite or NaN. Linear in each. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/scalar.h"

GT_CPU_BINARY(forward, gt_mul_no_nan_grad_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_shape *shape_a = &gt_node_input_spec(node, 0)->shape, *shape_b = &gt_node_input_spec(node, 1)->shape;
    if (gt_wants(node, 0))
        dx[0] = gt_sum_to(tape, gt_mul_no_nan_grad(tape, dy[0], gt_node_input(node, 1)), shape_a);
    if (gt_wants(node, 1))
        dx[1] = gt_sum_to(tape, gt_mul_no_nan_grad(tape, dy[0], gt_node_input(node, 0)), shape_b);
}

static const gt_sample samples[] = {
    {.name = "same shape", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "row", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "column and row", .inputs = {GT_NORMAL(4, 1), GT_NORMAL(1, 3)}},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_NORMAL(3, 1)}},
    {.name = "middle axis", .inputs = {GT_NORMAL(2, 1, 3), GT_NORMAL(2, 5, 3)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)}};

const gt_op gt_op_mul_no_nan_grad = {
    .name = "mul_no_nan_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_broadcast,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_mul_no_nan_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_mul_no_nan_grad, (gt_tensor *[]){dy, b}, 2, NULL);
}
