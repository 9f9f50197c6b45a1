/* softmax_cross_entropy: -sum(labels log_softmax(logits)) over the last axis, its mean over the rest. Probabilities are
 * never formed; an entry whose label is 0 does not count, even where its logit is minus infinity. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/losses.h"
#include "ops/rows.h"

#define KERNEL_FILE "ops/softmax_cross_entropy.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    int64_t rows = gt_loss_rows(call->input[0].spec);
    return gt_mean_of_terms(call, rows, rows, GT_PICK(terms, call->input[0].spec->dtype));
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *logits = gt_node_input(node, 0);
    if (gt_wants(node, 0))
        dx[0] = gt_softmax_cross_entropy_grad(tape, dy[0], logits, gt_node_input(node, 1));
    if (gt_wants(node, 1)) {
        double factor = -1 / (double)gt_loss_rows(gt_node_input_spec(node, 0));
        dx[1] = gt_mul_no_nan(tape, gt_log_softmax(tape, logits, -1), gt_scale(tape, dy[0], factor));
    }
}

static const gt_sample samples[] = {
    {.name = "one-hot", .inputs = {GT_NORMAL(4, 3), GT_ONE_HOT(4, 3)}},
    {.name = "vector", .inputs = {GT_NORMAL(5), GT_UNIFORM(0, 1, 5)}},
    {.name = "labels of any sum", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "one class", .inputs = {GT_NORMAL(3, 1), GT_UNIFORM(0, 1, 3, 1)}, .zero_gradient = 3},
    {.name = "sequences", .inputs = {GT_NORMAL(2, 3, 4), GT_ONE_HOT(2, 3, 4)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(3, 37), GT_UNIFORM(0, 0.1, 3, 37)}},
    {.name = "far from zero", .inputs = {GT_UNIFORM(999, 1001, 2, 3), GT_UNIFORM(0, 1, 2, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 10), GT_ONE_HOT(100, 10)}};

const gt_op gt_op_softmax_cross_entropy = {
    .name = "softmax_cross_entropy",
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

gt_tensor *gt_softmax_cross_entropy(gt_tape *tape, gt_tensor *logits, gt_tensor *labels)
{
    if (gt_tensor_dtype(labels) == GT_INT32)
        return gt_sparse_softmax_cross_entropy(tape, logits, labels);
    return gt_apply(tape, &gt_op_softmax_cross_entropy, (gt_tensor *[]){logits, labels}, 2, NULL);
}

#else

static void KERNEL(terms)(void *opaque, int64_t begin, int64_t end)
{
    const gt_loss_context *c = opaque;
    const int64_t classes = c->classes;
    NAMED(gt_row_block) block;
    for (int64_t row = begin, rows; row < end; row += rows) {
        const REAL *x = (const REAL *)c->call->input[0].data + row * classes;
        const REAL *label = (const REAL *)c->call->input[1].data + row * classes;
        rows = gt_rows_together(classes, end - row);
        NAMED(gt_rows_log_sum)(x, rows, classes, &block);
        for (int64_t k = 0; k < rows; k++) {
            double sum = 0;
            for (int64_t i = k * classes; i < (k + 1) * classes; i++)
                sum += (double)NAMED(gt_mul_no_nan_value)(block.log_sum[k] - (x[i] - block.max[k]), label[i]);
            ((REAL *)c->term)[row + k] = (REAL)sum;
        }
    }
}

#endif
