/* mean_squared_error: the mean of (prediction - target)^2 over all entries. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS(forward, gt_squared_error_value, gt_loss_entries)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *prediction = gt_node_input(node, 0), *target = gt_node_input(node, 1);
    if (gt_wants(node, 0))
        dx[0] = gt_mean_squared_error_grad(tape, dy[0], prediction, target);
    if (gt_wants(node, 1))
        dx[1] = gt_mean_squared_error_grad(tape, dy[0], target, prediction);
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL_SCALAR}},
    {.name = "images", .inputs = {GT_NORMAL(2, 3, 2, 2), GT_NORMAL(2, 3, 2, 2)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}},
    {.name = "equal", .inputs = {GT_VALUE(0.5, 2, 3), GT_VALUE(0.5, 2, 3)}, .zero_gradient = 3},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 10), GT_NORMAL(100, 10)}};

const gt_op gt_op_mean_squared_error = {
    .name = "mean_squared_error",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_entries_loss,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_mean_squared_error(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    return gt_apply(tape, &gt_op_mean_squared_error, (gt_tensor *[]){prediction, target}, 2, NULL);
}
