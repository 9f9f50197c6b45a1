/* sparse_softmax_cross_entropy_grad: dlogits = dy (softmax(logits) - one_hot(label)) / rows. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/losses.h"
#include "ops/rows.h"

#define KERNEL_FILE "ops/sparse_softmax_cross_entropy_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    gt_status status = gt_check_class_numbers(call);
    int64_t rows = gt_operand_size(&call->input[2]);
    return status == GT_OK ? gt_loss_slopes(call, rows, rows, GT_PICK(slopes, call->input[1].spec->dtype)) : status;
}

/* Towards the logits: dy J dz / rows with the softmax's symmetric Jacobian J, dz being the cotangent of dlogits. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *logits = gt_node_input(node, 1);
    const gt_spec *spec = gt_node_input_spec(node, 1);
    if (gt_wants(node, 0)) {
        gt_tensor *one = gt_loss_constant(tape, logits, 1);
        gt_tensor *slope = gt_sparse_softmax_cross_entropy_grad(tape, one, logits, gt_node_input(node, 2));
        dx[0] = gt_loss_inner(tape, dy[0], slope);
    }
    if (gt_wants(node, 1)) {
        gt_tensor *factor = gt_scale(tape, gt_node_input(node, 0), 1 / (double)gt_loss_rows(spec));
        gt_tensor *p = gt_softmax(tape, logits, -1);
        dx[1] = gt_mul(tape, gt_softmax_grad(tape, dy[0], p, spec->shape.rank - 1), factor);
    }
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(4, 3), GT_INDEX(0, 3, 4)}},
    {.name = "vector", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(5), GT_INDEX_SCALAR(0, 5)}},
    {.name = "one class", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 1), GT_INDEX(0, 1, 3)}, .zero_gradient = 3},
    {.name = "sequences", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(2, 3, 4), GT_INDEX(0, 4, 2, 3)}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 37), GT_INDEX(0, 37, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(100, 10), GT_INDEX(0, 10, 100)}};

const gt_op gt_op_sparse_softmax_cross_entropy_grad = {
    .name = "sparse_softmax_cross_entropy_grad",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_numbers_loss,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_INPUT(2),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_sparse_softmax_cross_entropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *logits, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_sparse_softmax_cross_entropy_grad, (gt_tensor *[]){dy, logits, labels}, 3, NULL);
}

#else

static void KERNEL(slopes)(void *opaque, int64_t begin, int64_t end)
{
    const gt_loss_context *c = opaque;
    const int32_t *label = c->call->input[2].data;
    const int64_t classes = c->classes;
    NAMED(gt_row_block) block;
    for (int64_t row = begin, rows; row < end; row += rows) {
        const REAL *x = (const REAL *)c->call->input[1].data + row * classes;
        REAL *dx = (REAL *)c->call->output[0].data + row * classes;
        rows = gt_rows_together(classes, end - row);
        NAMED(gt_rows_exp)(x, rows, classes, dx, &block);
        for (int64_t k = 0; k < rows; k++) {
            const REAL ratio = (REAL)(1 / block.sum[k]);
            REAL *slope = dx + k * classes;
            for (int64_t i = 0; i < classes; i++)
                slope[i] *= ratio;
            slope[label[row + k]] -= 1;
            for (int64_t i = 0; i < classes; i++)
                slope[i] = NAMED(gt_mul_no_nan_value)(slope[i], (REAL)c->factor);
        }
    }
}

#endif
