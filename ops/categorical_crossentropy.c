/* categorical_crossentropy: -sum(labels log p) over the last axis, its mean over the rest; p is clipped to [1e-7, 1 -
 * 1e-7] and not normalised (Keras clips so, but also divides by the sum). */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS(forward, gt_categorical_value, gt_loss_rows)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *p = gt_node_input(node, 0);
    if (gt_wants(node, 0))
        dx[0] = gt_categorical_crossentropy_grad(tape, dy[0], p, gt_node_input(node, 1));
    if (gt_wants(node, 1)) {
        double factor = -1 / (double)gt_loss_rows(gt_node_input_spec(node, 0));
        gt_tensor *clipped = gt_clip(tape, p, GT_PROBABILITY_MARGIN, 1 - GT_PROBABILITY_MARGIN);
        dx[1] = gt_mul_no_nan(tape, gt_log(tape, clipped), gt_scale(tape, dy[0], factor));
    }
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 4), GT_UNIFORM(0, 1, 3, 4)}},
    {.name = "vector", .inputs = {GT_UNIFORM(0.05, 0.95, 5), GT_UNIFORM(0, 1, 5)}},
    {.name = "one class", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 1), GT_UNIFORM(0, 1, 3, 1)}},
    {.name = "sequences", .inputs = {GT_UNIFORM(0.05, 0.95, 2, 3, 4), GT_UNIFORM(0, 1, 2, 3, 4)}},
    {.name = "odd tail", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 37), GT_ONE_HOT(3, 37)}},
    {.name = "clipped", .inputs = {GT_UNIFORM(1.5, 2, 2, 3), GT_UNIFORM(0.5, 1, 2, 3)}, .zero_gradient = 1},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_UNIFORM(0.05, 0.95, 100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_categorical_crossentropy = {
    .name = "categorical_crossentropy",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_classes_loss,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_categorical_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels)
{
    if (gt_tensor_dtype(labels) == GT_INT32)
        return gt_sparse_categorical_crossentropy(tape, probabilities, labels);
    return gt_apply(tape, &gt_op_categorical_crossentropy, (gt_tensor *[]){probabilities, labels}, 2, NULL);
}
