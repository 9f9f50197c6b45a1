/* categorical_crossentropy_grad: dp = -dy labels / (p batch) where p is not clipped, else 0. */
#include "ops/grads.h"
#include "ops/losses.h"

GT_CPU_LOSS_GRAD(forward, gt_categorical_slope, gt_loss_rows)

/* With dz for the cotangent of dp, and the op written f(dy, p, labels): it is linear in dy and in the labels, and
 * d/dp (-dy labels / (p m)) = dy labels / (p^2 m), which is f applied twice: f(m, p, labels dz) = -labels dz / p. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *given = gt_node_input(node, 0), *p = gt_node_input(node, 1), *labels = gt_node_input(node, 2);
    if (gt_wants(node, 0)) {
        gt_tensor *one = gt_loss_constant(tape, p, 1);
        dx[0] = gt_loss_inner(tape, dy[0], gt_categorical_crossentropy_grad(tape, one, p, labels));
    }
    if (gt_wants(node, 1)) {
        gt_tensor *rows = gt_loss_constant(tape, p, (double)gt_loss_rows(gt_node_input_spec(node, 1)));
        gt_tensor *inner = gt_categorical_crossentropy_grad(tape, rows, p, gt_mul(tape, labels, dy[0]));
        dx[1] = gt_categorical_crossentropy_grad(tape, given, p, inner);
    }
    if (gt_wants(node, 2))
        dx[2] = gt_categorical_crossentropy_grad(tape, given, p, dy[0]);
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 3, 4), GT_UNIFORM(0, 1, 3, 4)}},
    {.name = "vector", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 5), GT_UNIFORM(0, 1, 5)}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 3, 37), GT_ONE_HOT(3, 37)}},
    {.name = "clipped",
     .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(1.5, 2, 2, 3), GT_UNIFORM(0, 1, 2, 3)},
     .zero_gradient = 7},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_categorical_crossentropy_grad = {
    .name = "categorical_crossentropy_grad",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_classes_loss,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_INPUT(2),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_categorical_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_categorical_crossentropy_grad, (gt_tensor *[]){dy, probabilities, labels}, 3, NULL);
}
