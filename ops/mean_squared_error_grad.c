/* mean_squared_error_grad: dprediction = dy 2 (prediction - target) / entries. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS_GRAD(forward, gt_squared_error_slope, gt_loss_entries)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *prediction = gt_node_input(node, 1), *target = gt_node_input(node, 2);
    double factor = 2 / (double)gt_loss_entries(gt_node_input_spec(node, 1));
    if (gt_wants(node, 0)) {
        gt_tensor *one = gt_loss_constant(tape, prediction, 1);
        dx[0] = gt_loss_inner(tape, dy[0], gt_mean_squared_error_grad(tape, one, prediction, target));
    }
    if (gt_wants(node, 1))
        dx[1] = gt_mul(tape, dy[0], gt_scale(tape, gt_node_input(node, 0), factor));
    if (gt_wants(node, 2))
        dx[2] = gt_mul(tape, dy[0], gt_scale(tape, gt_node_input(node, 0), -factor));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL_SCALAR, GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(131), GT_NORMAL(131)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(100, 10), GT_NORMAL(100, 10)}};

const gt_op gt_op_mean_squared_error_grad = {
    .name = "mean_squared_error_grad",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_entries_loss,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_INPUT(2),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_mean_squared_error_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *prediction, gt_tensor *target)
{
    return gt_apply(tape, &gt_op_mean_squared_error_grad, (gt_tensor *[]){dy, prediction, target}, 3, NULL);
}
