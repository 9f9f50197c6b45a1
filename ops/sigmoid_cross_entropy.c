/* sigmoid_cross_entropy: the mean of max(x, 0) - x y + log(1 + exp(-|x|)) over all entries: binary cross-entropy from
 * logits, without overflow. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS(forward, gt_sigmoid_entropy_value, gt_loss_entries)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *logits = gt_node_input(node, 0);
    if (gt_wants(node, 0))
        dx[0] = gt_sigmoid_cross_entropy_grad(tape, dy[0], logits, gt_node_input(node, 1));
    if (gt_wants(node, 1)) {
        double factor = -1 / (double)gt_loss_entries(gt_node_input_spec(node, 0));
        dx[1] = gt_mul_no_nan(tape, logits, gt_scale(tape, dy[0], factor));
    }
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(4, 1), GT_UNIFORM(0, 1, 4, 1)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL_SCALAR}},
    {.name = "hard labels", .inputs = {GT_NORMAL(3, 5), GT_ONE_HOT(3, 5)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_UNIFORM(0, 1, 131)}},
    {.name = "large", .inputs = {GT_UNIFORM(-40, 40, 2, 6), GT_UNIFORM(0, 1, 2, 6)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_sigmoid_cross_entropy = {
    .name = "sigmoid_cross_entropy",
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

gt_tensor *gt_sigmoid_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_sigmoid_cross_entropy, (gt_tensor *[]){logits, labels}, 2, NULL);
}
