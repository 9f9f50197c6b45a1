/* binary_crossentropy_grad: dp = dy (p - y) / (p (1 - p) entries) where p is not clipped, else 0. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS_GRAD(forward, gt_binary_slope, gt_loss_entries)

/* The op with dy = entries and all labels 0 or 1: 1 / (1 - p) or -1 / p, and 0 where p is clipped. */
static gt_tensor *slope_at(gt_tape *tape, const gt_node *node, double label)
{
    gt_tensor *p = gt_node_input(node, 1);
    const gt_spec *spec = gt_node_input_spec(node, 1);
    gt_tensor *entries = gt_loss_constant(tape, p, (double)gt_loss_entries(spec));
    return gt_binary_crossentropy_grad(tape, entries, p, gt_fill(tape, spec->dtype, spec->shape, label));
}

/* With dp = dy ((1 - y) / (1 - p) - y / p) / entries = dy ((1 - y) low + y high) / entries. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *p = gt_node_input(node, 1), *labels = gt_node_input(node, 2);
    gt_tensor *one = gt_loss_constant(tape, p, 1);
    if (gt_wants(node, 0))
        dx[0] = gt_loss_inner(tape, dy[0], gt_binary_crossentropy_grad(tape, one, p, labels));
    if (!gt_wants(node, 1) && !gt_wants(node, 2))
        return;
    gt_tensor *low = slope_at(tape, node, 0), *high = slope_at(tape, node, 1);
    gt_tensor *factor =
        gt_scale(tape, gt_node_input(node, 0), 1 / (double)gt_loss_entries(gt_node_input_spec(node, 1)));
    gt_tensor *product = gt_mul(tape, dy[0], factor);
    if (gt_wants(node, 1)) {
        gt_tensor *first = gt_mul(tape, gt_sub(tape, one, labels), gt_square(tape, low));
        gt_tensor *second = gt_mul(tape, labels, gt_square(tape, high));
        dx[1] = gt_mul(tape, product, gt_add(tape, first, second));
    }
    if (gt_wants(node, 2))
        dx[2] = gt_mul(tape, product, gt_sub(tape, high, low));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 4, 1), GT_UNIFORM(0, 1, 4, 1)}},
    {.name = "hard labels", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 3, 5), GT_ONE_HOT(3, 5)}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 131), GT_UNIFORM(0, 1, 131)}},
    {.name = "clipped",
     .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(1.5, 2, 2, 3), GT_UNIFORM(0, 1, 2, 3)},
     .zero_gradient = 7},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_binary_crossentropy_grad = {
    .name = "binary_crossentropy_grad",
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

gt_tensor *gt_binary_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_binary_crossentropy_grad, (gt_tensor *[]){dy, probabilities, labels}, 3, NULL);
}
