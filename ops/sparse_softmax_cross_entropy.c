/* sparse_softmax_cross_entropy: the mean of -log_softmax(logits)[label] over all rows of the last axis. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/losses.h"
#include "ops/rows.h"

#define KERNEL_FILE "ops/sparse_softmax_cross_entropy.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    gt_status status = gt_check_class_numbers(call);
    int64_t rows = gt_operand_size(&call->input[1]);
    return status == GT_OK ? gt_mean_of_terms(call, rows, rows, GT_PICK(terms, call->input[0].spec->dtype)) : status;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_sparse_softmax_cross_entropy_grad(tape, dy[0], gt_node_input(node, 0), gt_node_input(node, 1));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(4, 3), GT_INDEX(0, 3, 4)}},
    {.name = "vector", .inputs = {GT_NORMAL(5), GT_INDEX_SCALAR(0, 5)}},
    {.name = "one class", .inputs = {GT_NORMAL(3, 1), GT_INDEX(0, 1, 3)}, .zero_gradient = 1},
    {.name = "sequences", .inputs = {GT_NORMAL(2, 3, 4), GT_INDEX(0, 4, 2, 3)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(3, 37), GT_INDEX(0, 37, 3)}},
    {.name = "far from zero", .inputs = {GT_UNIFORM(999, 1001, 2, 3), GT_INDEX(0, 3, 2)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 10), GT_INDEX(0, 10, 100)}};

const gt_op gt_op_sparse_softmax_cross_entropy = {
    .name = "sparse_softmax_cross_entropy",
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

gt_tensor *gt_sparse_softmax_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels)
{
    return gt_apply(tape, &gt_op_sparse_softmax_cross_entropy, (gt_tensor *[]){logits, labels}, 2, NULL);
}

#else

static void KERNEL(terms)(void *opaque, int64_t begin, int64_t end)
{
    const gt_loss_context *c = opaque;
    const int32_t *label = c->call->input[1].data;
    NAMED(gt_row_block) block;
    for (int64_t row = begin, rows; row < end; row += rows) {
        const REAL *x = (const REAL *)c->call->input[0].data + row * c->classes;
        rows = gt_rows_together(c->classes, end - row);
        NAMED(gt_rows_log_sum)(x, rows, c->classes, &block);
        for (int64_t k = 0; k < rows; k++)
            ((REAL *)c->term)[row + k] = block.log_sum[k] - (x[k * c->classes + label[row + k]] - block.max[k]);
    }
}

#endif
