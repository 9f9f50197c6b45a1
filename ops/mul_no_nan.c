/* mul_no_nan: y = a b, but 0 wherever b is 0, even if a is infinite or NaN (tf.math.multiply_no_nan). Vector-Jacobian
 * products use it as slope times cotangent. As a function of b it is linear, of slope a also at b = 0. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_BINARY(forward, gt_mul_no_nan_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_shape *shape_a = &gt_node_input_spec(node, 0)->shape, *shape_b = &gt_node_input_spec(node, 1)->shape;
    if (gt_wants(node, 0))
        dx[0] = gt_sum_to(tape, gt_mul_no_nan_grad(tape, dy[0], gt_node_input(node, 1)), shape_a);
    if (gt_wants(node, 1))
        dx[1] = gt_sum_to(tape, gt_mul_no_nan(tape, gt_node_input(node, 0), dy[0]), shape_b);
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

const gt_op gt_op_mul_no_nan = {
    .name = "mul_no_nan",
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

gt_tensor *gt_mul_no_nan(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_mul_no_nan, (gt_tensor *[]){a, b}, 2, NULL);
}
