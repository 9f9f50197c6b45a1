/* softmax_cross_entropy_grad: dlogits = dy (sum(labels) softmax(logits) - labels) / rows, sum being a row's: the true
 * gradient also where labels do not sum to 1. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/losses.h"
#include "ops/rows.h"

#define KERNEL_FILE "ops/softmax_cross_entropy_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    int64_t rows = gt_loss_rows(call->input[1].spec);
    return gt_loss_slopes(call, rows, rows, GT_PICK(slopes, call->input[1].spec->dtype));
}

/* With dz for the cotangent of dlogits and p for the softmax: towards the labels dy (sum(p dz) - dz) / rows, towards
 * the logits dy sum(labels) J dz / rows with the softmax's symmetric Jacobian J. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *logits = gt_node_input(node, 1), *labels = gt_node_input(node, 2);
    const gt_spec *spec = gt_node_input_spec(node, 1);
    int64_t last = spec->shape.rank - 1;
    if (gt_wants(node, 0)) {
        gt_tensor *one = gt_loss_constant(tape, logits, 1);
        dx[0] = gt_loss_inner(tape, dy[0], gt_softmax_cross_entropy_grad(tape, one, logits, labels));
    }
    if (!gt_wants(node, 1) && !gt_wants(node, 2))
        return;
    gt_tensor *p = gt_softmax(tape, logits, -1);
    gt_tensor *factor = gt_scale(tape, gt_node_input(node, 0), 1 / (double)gt_loss_rows(spec));
    if (gt_wants(node, 1)) {
        gt_tensor *inner = gt_softmax_grad(tape, dy[0], p, last);
        dx[1] = gt_mul(tape, gt_mul(tape, inner, gt_row_sums(tape, labels, last)), factor);
    }
    if (gt_wants(node, 2)) {
        gt_tensor *mean = gt_row_sums(tape, gt_mul(tape, p, dy[0]), last);
        dx[2] = gt_mul(tape, gt_sub(tape, mean, dy[0]), factor);
    }
}

static const gt_sample samples[] = {
    {.name = "one-hot", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(4, 3), GT_ONE_HOT(4, 3)}},
    {.name = "vector", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(5), GT_UNIFORM(0, 1, 5)}},
    {.name = "labels of any sum", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "one class", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 1), GT_UNIFORM(0, 1, 3, 1)}, .zero_gradient = 7},
    {.name = "sequences", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(2, 3, 4), GT_ONE_HOT(2, 3, 4)}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 37), GT_UNIFORM(0, 0.1, 3, 37)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_softmax_cross_entropy_grad = {
    .name = "softmax_cross_entropy_grad",
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

gt_tensor *gt_softmax_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_softmax_cross_entropy_grad, (gt_tensor *[]){dy, logits, labels}, 3, NULL);
}

#else

static void KERNEL(slopes)(void *opaque, int64_t begin, int64_t end)
{
    const gt_loss_context *c = opaque;
    const int64_t classes = c->classes;
    NAMED(gt_row_block) block;
    for (int64_t row = begin, rows; row < end; row += rows) {
        const REAL *x = (const REAL *)c->call->input[1].data + row * classes;
        const REAL *label = (const REAL *)c->call->input[2].data + row * classes;
        REAL *dx = (REAL *)c->call->output[0].data + row * classes;
        rows = gt_rows_together(classes, end - row);
        NAMED(gt_rows_exp)(x, rows, classes, dx, &block);
        for (int64_t k = 0; k < rows; k++) {
            const REAL ratio = (REAL)(NAMED(gt_row_sum)(label + k * classes, classes) / block.sum[k]);
            for (int64_t i = k * classes; i < (k + 1) * classes; i++)
                dx[i] = NAMED(gt_mul_no_nan_value)(dx[i] * ratio - label[i], (REAL)c->factor);
        }
    }
}

#endif
