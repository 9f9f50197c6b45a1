/* binary_crossentropy: the mean of -(y log p + (1 - y) log(1 - p)) over all entries, p clipped to [1e-7, 1 - 1e-7]. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS(forward, gt_binary_value, gt_loss_entries)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *p = gt_node_input(node, 0);
    if (gt_wants(node, 0))
        dx[0] = gt_binary_crossentropy_grad(tape, dy[0], p, gt_node_input(node, 1));
    if (gt_wants(node, 1)) { /* (log(1 - p) - log p) / entries; 1 - p is clipped itself, which is exact near 0 */
        const double low = GT_PROBABILITY_MARGIN, high = 1 - GT_PROBABILITY_MARGIN;
        double factor = 1 / (double)gt_loss_entries(gt_node_input_spec(node, 0));
        gt_tensor *rest = gt_clip(tape, gt_sub(tape, gt_loss_constant(tape, p, 1), p), low, high);
        gt_tensor *slope = gt_sub(tape, gt_log(tape, rest), gt_log(tape, gt_clip(tape, p, low, high)));
        dx[1] = gt_mul_no_nan(tape, slope, gt_scale(tape, dy[0], factor));
    }
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_UNIFORM(0.05, 0.95, 4, 1), GT_UNIFORM(0, 1, 4, 1)}},
    {.name = "scalar", .inputs = {GT_UNIFORM_SCALAR(0.1, 0.4), GT_UNIFORM_SCALAR(0.6, 1)}},
    {.name = "hard labels", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 5), GT_ONE_HOT(3, 5)}},
    {.name = "odd tail", .inputs = {GT_UNIFORM(0.05, 0.95, 131), GT_UNIFORM(0, 1, 131)}},
    {.name = "clipped", .inputs = {GT_UNIFORM(1.5, 2, 2, 3), GT_UNIFORM(0, 1, 2, 3)}, .zero_gradient = 1},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_UNIFORM(0.05, 0.95, 100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_binary_crossentropy = {
    .name = "binary_crossentropy",
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

gt_tensor *gt_binary_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_binary_crossentropy, (gt_tensor *[]){probabilities, labels}, 2, NULL);
}
