/* sparse_categorical_crossentropy_grad: dp[label] = -dy / (p[label] rows) where that is not clipped; 0 elsewhere. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/losses.h"

#define KERNEL_FILE "ops/sparse_categorical_crossentropy_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    gt_status status = gt_check_class_numbers(call);
    int64_t rows = gt_operand_size(&call->input[2]);
    return status == GT_OK ? gt_loss_slopes(call, rows, rows, GT_PICK(slopes, call->input[1].spec->dtype)) : status;
}

/* With the op written f(dy, p): it is linear in dy, and d/dp (-dy / (p m)) = dy / (p^2 m) = f(dy, p) f(m, p). */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *p = gt_node_input(node, 1), *labels = gt_node_input(node, 2);
    if (gt_wants(node, 0)) {
        gt_tensor *one = gt_loss_constant(tape, p, 1);
        dx[0] = gt_loss_inner(tape, dy[0], gt_sparse_categorical_crossentropy_grad(tape, one, p, labels));
    }
    if (gt_wants(node, 1)) {
        gt_tensor *rows = gt_loss_constant(tape, p, (double)gt_loss_rows(gt_node_input_spec(node, 1)));
        gt_tensor *slope = gt_sparse_categorical_crossentropy_grad(tape, gt_node_input(node, 0), p, labels);
        gt_tensor *again = gt_sparse_categorical_crossentropy_grad(tape, rows, p, labels);
        dx[1] = gt_mul(tape, dy[0], gt_mul(tape, slope, again));
    }
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 3, 4), GT_INDEX(0, 4, 3)}},
    {.name = "vector", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 5), GT_INDEX_SCALAR(0, 5)}},
    {.name = "odd tail", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 3, 37), GT_INDEX(0, 37, 3)}},
    {.name = "clipped", .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(1.5, 2, 2, 3), GT_INDEX(0, 3, 2)}, .zero_gradient = 3},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL_SCALAR, GT_UNIFORM(0.05, 0.95, 100, 10), GT_INDEX(0, 10, 100)}};

const gt_op gt_op_sparse_categorical_crossentropy_grad = {
    .name = "sparse_categorical_crossentropy_grad",
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

gt_tensor *gt_sparse_categorical_crossentropy_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *probabilities,
                                                   gt_tensor *labels)
{
    gt_tensor *inputs[] = {dy, probabilities, labels};
    return gt_apply(tape, &gt_op_sparse_categorical_crossentropy_grad, inputs, 3, NULL);
}

#else

static void KERNEL(slopes)(void *opaque, int64_t begin, int64_t end)
{
    const gt_loss_context *c = opaque;
    const int32_t *label = c->call->input[2].data;
    for (int64_t row = begin; row < end; row++) {
        const REAL *p = (const REAL *)c->call->input[1].data + row * c->classes;
        REAL *dx = (REAL *)c->call->output[0].data + row * c->classes;
        for (int64_t i = 0; i < c->classes; i++)
            dx[i] = 0;
        REAL slope = NAMED(gt_categorical_slope)(p[label[row]], 1);
        dx[label[row]] = NAMED(gt_mul_no_nan_value)(slope, (REAL)c->factor);
    }
}

#endif
