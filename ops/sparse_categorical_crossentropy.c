/* sparse_categorical_crossentropy: the mean of -log p[label] over all rows of the last axis, p clipped to
 * [1e-7, 1 - 1e-7]. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/losses.h"

#define KERNEL_FILE "ops/sparse_categorical_crossentropy.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    gt_status status = gt_check_class_numbers(call);
    int64_t rows = gt_operand_size(&call->input[1]);
    return status == GT_OK ? gt_mean_of_terms(call, rows, rows, GT_PICK(terms, call->input[0].spec->dtype)) : status;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_sparse_categorical_crossentropy_grad(tape, dy[0], gt_node_input(node, 0), gt_node_input(node, 1));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 4), GT_INDEX(0, 4, 3)}},
    {.name = "vector", .inputs = {GT_UNIFORM(0.05, 0.95, 5), GT_INDEX_SCALAR(0, 5)}},
    {.name = "one class", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 1), GT_INDEX(0, 1, 3)}},
    {.name = "sequences", .inputs = {GT_UNIFORM(0.05, 0.95, 2, 3, 4), GT_INDEX(0, 4, 2, 3)}},
    {.name = "odd tail", .inputs = {GT_UNIFORM(0.05, 0.95, 3, 37), GT_INDEX(0, 37, 3)}},
    {.name = "clipped", .inputs = {GT_UNIFORM(1.5, 2, 2, 3), GT_INDEX(0, 3, 2)}, .zero_gradient = 1},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_UNIFORM(0.05, 0.95, 100, 10), GT_INDEX(0, 10, 100)}};

const gt_op gt_op_sparse_categorical_crossentropy = {
    .name = "sparse_categorical_crossentropy",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_numbers_loss,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_sparse_categorical_crossentropy(gt_tape *tape, gt_tensor *probabilities, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_sparse_categorical_crossentropy, (gt_tensor *[]){probabilities, labels}, 2, NULL);
}

#else

static void KERNEL(terms)(void *opaque, int64_t begin, int64_t end)
{
    const gt_loss_context *c = opaque;
    const REAL *p = c->call->input[0].data;
    const int32_t *label = c->call->input[1].data;
    REAL *term = c->term;
    for (int64_t row = begin; row < end; row++)
        term[row] = NAMED(gt_categorical_value)(p[row * c->classes + label[row]], 1);
}

#endif
