/* log_softmax_grad: dx = dy - exp(y) sum(dy) along one axis, y being the log_softmax. */
#ifndef REAL

#include "ops/grads.h"
#include "ops/rows.h"

#define KERNEL_FILE "ops/log_softmax_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_each_row_along(call, GT_PICK(rows, call->output[0].spec->dtype));
}

/* With dz for its cotangent: dz - sum(dz exp(y)) towards dy, -dz exp(y) sum(dy) towards y. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_axis_attributes *attributes = gt_node_attributes(node);
    gt_tensor *product = gt_mul(tape, dy[0], gt_exp(tape, gt_node_input(node, 1)));
    if (gt_wants(node, 0))
        dx[0] = gt_sub(tape, dy[0], gt_row_sums(tape, product, attributes->axis));
    if (gt_wants(node, 1)) {
        gt_tensor *sum = gt_row_sums(tape, gt_node_input(node, 0), attributes->axis);
        dx[1] = gt_neg(tape, gt_mul(tape, product, sum));
    }
}

#define ALONG(n)                                                                                                       \
    .attributes = &(const gt_axis_attributes)                                                                          \
    {                                                                                                                  \
        n                                                                                                              \
    }
static const gt_sample samples[] = {
    {.name = "vector", .inputs = {GT_NORMAL(5), GT_UNIFORM(-3, 0, 5)}, ALONG(0)},
    {.name = "rows", .inputs = {GT_NORMAL(3, 4), GT_UNIFORM(-3, 0, 3, 4)}, ALONG(1)},
    {.name = "columns", .inputs = {GT_NORMAL(3, 4), GT_UNIFORM(-3, 0, 3, 4)}, ALONG(0)},
    {.name = "middle axis", .inputs = {GT_NORMAL(2, 5, 3), GT_UNIFORM(-3, 0, 2, 5, 3)}, ALONG(1)},
    {.name = "odd tail", .inputs = {GT_NORMAL(2, 37), GT_UNIFORM(-3, 0, 2, 37)}, ALONG(1)},
    {.name = "axis of one", .inputs = {GT_NORMAL(4, 1), GT_UNIFORM(-3, 0, 4, 1)}, ALONG(1)},
    {.name = "empty rows", .inputs = {GT_NORMAL(3, 0), GT_NORMAL(3, 0)}, ALONG(1)},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(100, 10), GT_UNIFORM(-3, 0, 100, 10)}, ALONG(1)};

const gt_op gt_op_log_softmax_grad = {
    .name = "log_softmax_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_along_axis,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_axis_attributes),
    .fields = gt_axis_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_log_softmax_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *y, int64_t axis)
{
    const gt_axis_attributes attributes = {axis};
    return gt_apply(tape, &gt_op_log_softmax_grad, (gt_tensor *[]){dy, y}, 2, &attributes);
}

#else

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_rows_context *c = context;
    int64_t length = c->rows.length, step = c->rows.step;
    for (int64_t row = begin; row < end; row++) {
        int64_t first = gt_row_begin(&c->rows, row);
        const REAL *dy = (const REAL *)c->call->input[0].data + first;
        const REAL *y = (const REAL *)c->call->input[1].data + first;
        REAL *dx = (REAL *)c->call->output[0].data + first;
        double sum = 0;
        for (int64_t i = 0; i < length; i++)
            sum += (double)dy[i * step];
        for (int64_t i = 0; i < length; i++)
            dx[i * step] = dy[i * step] - NAMED(gt_mul_no_nan_value)(NAMED(gt_exp_value)(y[i * step]), (REAL)sum);
    }
}

#endif
