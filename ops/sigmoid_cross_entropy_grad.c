/* sigmoid_cross_entropy_grad: dx = dy (sigmoid(x) - y) / entries. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS_GRAD(forward, gt_sigmoid_entropy_slope, gt_loss_entries)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *logits = gt_node_input(node, 1), *labels = gt_node_input(node, 2);
    double entries = (double)gt_loss_entries(gt_node_input_spec(node, 1));
    if (gt_wants(node, 0)) {
        gt_tensor *one = gt_loss_constant(tape, logits, 1);
        dx[0] = gt_loss_inner(tape, dy[0], gt_sigmoid_cross_entropy_grad(tape, one, logits, labels));
    }
    if (gt_wants(node, 1)) {
        gt_tensor *factor = gt_scale(tape, gt_node_input(node, 0), 1 / entries);
        dx[1] = gt_sigmoid_grad(tape, gt_mul(tape, dy[0], factor), gt_sigmoid(tape, logits));
    }
    if (gt_wants(node, 2))
        dx[2] = gt_mul(tape, dy[0], gt_scale(tape, gt_node_input(node, 0), -1 / entries));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(4, 1), GT_UNIFORM(0, 1, 4, 1)}},
    {.name = "hard labels", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 5), GT_ONE_HOT(3, 5)}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(131), GT_UNIFORM(0, 1, 131)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_sigmoid_cross_entropy_grad = {
    .name = "sigmoid_cross_entropy_grad",
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

gt_tensor *gt_sigmoid_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_sigmoid_cross_entropy_grad, (gt_tensor *[]){dy, logits, labels}, 3, NULL);
}
