/* log_softmax: y = (x - max x) - log sum exp(x - max x) along one axis, without forming probabilities. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/rows.h"

#define KERNEL_FILE "ops/log_softmax.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_each_row_along(call, GT_PICK(rows, call->output[0].spec->dtype));
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_axis_attributes *attributes = gt_node_attributes(node);
    dx[0] = gt_log_softmax_grad(tape, dy[0], gt_node_output(node, 0), attributes->axis);
}

#define ALONG(n)                                                                                                       \
    .attributes = &(const gt_axis_attributes)                                                                          \
    {                                                                                                                  \
        n                                                                                                              \
    }
static const gt_sample samples[] = {
    {.name = "vector", .inputs = {GT_NORMAL(5)}, ALONG(0)},
    {.name = "rows", .inputs = {GT_NORMAL(3, 4)}, ALONG(1)},
    {.name = "columns", .inputs = {GT_NORMAL(3, 4)}, ALONG(0)},
    {.name = "middle axis", .inputs = {GT_NORMAL(2, 5, 3)}, ALONG(1)},
    {.name = "odd tail", .inputs = {GT_NORMAL(2, 37)}, ALONG(1)},
    {.name = "axis of one", .inputs = {GT_NORMAL(4, 1)}, ALONG(1), .zero_gradient = 1},
    {.name = "far from zero", .inputs = {GT_UNIFORM(999, 1001, 2, 3)}, ALONG(1)},
    {.name = "no rows", .inputs = {GT_NORMAL(0, 3)}, ALONG(1)},
    {.name = "empty rows", .inputs = {GT_NORMAL(3, 0)}, ALONG(1)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 10)}, ALONG(1)};

const gt_op gt_op_log_softmax = {
    .name = "log_softmax",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_along_axis,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_OUTPUT(0),
    .attribute_size = sizeof(gt_axis_attributes),
    .fields = gt_axis_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_log_softmax(gt_tape *tape, gt_tensor *x, int axis)
{
    return gt_apply_along(tape, &gt_op_log_softmax, &x, 1, axis);
}

#else

/* A row whose entries lie apart. */
static void KERNEL(row_apart)(const REAL *x, int64_t length, int64_t step, REAL *y)
{
    const REAL max = NAMED(gt_row_max)(x, length, step);
    const REAL log_sum = NAMED(gt_log_value)((REAL)NAMED(gt_row_exp_apart)(x, length, step, y));
    for (int64_t i = 0; i < length; i++)
        y[i * step] = (x[i * step] - max) - log_sum;
}

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_rows_context *c = context;
    const int64_t length = c->rows.length;
    for (int64_t row = begin, rows; row < end; row += rows) {
        const REAL *x = (const REAL *)c->call->input[0].data + gt_row_begin(&c->rows, row);
        REAL *y = (REAL *)c->call->output[0].data + gt_row_begin(&c->rows, row);
        rows = 1;
        if (c->rows.step != 1) {
            KERNEL(row_apart)(x, length, c->rows.step, y);
            continue;
        }
        NAMED(gt_row_block) block;
        rows = gt_rows_together(length, end - row);
        NAMED(gt_rows_log_sum)(x, rows, length, &block);
        for (int64_t k = 0; k < rows; k++)
            for (int64_t i = k * length; i < (k + 1) * length; i++)
                y[i] = (x[i] - block.max[k]) - block.log_sum[k];
    }
}

#endif
