/* cumulative_sum: y[i] = x[0] + ... + x[i] along one axis, added one by one; `exclusive` leaves out x[i], `reverse`
 * begins at the end (tf.cumsum). dx is the cumulative sum of dy the other way. */
#ifndef REAL

#include "ops/rows.h"

#define KERNEL_FILE "ops/cumulative_sum.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_each_row_along(call, GT_PICK(rows, call->output[0].spec->dtype));
}

extern const gt_op gt_op_cumulative_sum;

static gt_tensor *apply(gt_tape *tape, gt_tensor *x, const gt_cumulative_attributes *attributes)
{
    return gt_apply(tape, &gt_op_cumulative_sum, &x, 1, attributes);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_cumulative_attributes attributes = *(const gt_cumulative_attributes *)gt_node_attributes(node);
    attributes.reverse = !attributes.reverse;
    dx[0] = apply(tape, dy[0], &attributes);
}

static const gt_field fields[] = {
    GT_INT(gt_cumulative_attributes, axis),
    GT_INT(gt_cumulative_attributes, exclusive),
    GT_INT(gt_cumulative_attributes, reverse),
    {0},
};

#define ALONG(...)                                                                                                     \
    .attributes = &(const gt_cumulative_attributes)                                                                    \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
static const gt_sample samples[] = {
    {.name = "vector", .inputs = {GT_NORMAL(5)}, ALONG(0, 0, 0)},
    {.name = "exclusive", .inputs = {GT_NORMAL(3, 4)}, ALONG(1, 1, 0)},
    {.name = "reverse", .inputs = {GT_NORMAL(3, 4)}, ALONG(0, 0, 1)},
    {.name = "exclusive, reverse", .inputs = {GT_NORMAL(2, 5, 3)}, ALONG(1, 1, 1)},
    {.name = "one", .inputs = {GT_NORMAL(4, 1)}, ALONG(1, 0, 0)},
    {.name = "nothing before one", .inputs = {GT_NORMAL(4, 1)}, ALONG(1, 1, 0), .zero_gradient = 1},
    {.name = "odd tail", .inputs = {GT_NORMAL(2, 131)}, ALONG(1, 0, 0)},
    {.name = "no rows", .inputs = {GT_NORMAL(0, 3)}, ALONG(1, 0, 0)},
    {.name = "empty rows", .inputs = {GT_NORMAL(3, 0)}, ALONG(1, 0, 0)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}, ALONG(1, 0, 0)};

const gt_op gt_op_cumulative_sum = {
    .name = "cumulative_sum",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_along_axis,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_cumulative_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_cumulative_sum(gt_tape *tape, gt_tensor *x, int axis, const gt_cumulative_options *options)
{
    const gt_shape shape = gt_tensor_shape(x);
    const int found = gt_shape_axis(&shape, axis);
    const gt_cumulative_options set = options ? *options : (gt_cumulative_options){false, false};
    return apply(tape, x, &(gt_cumulative_attributes){found < 0 ? axis : found, set.exclusive, set.reverse});
}

#else

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_rows_context *c = context;
    const gt_cumulative_attributes *attributes = c->call->attributes;
    const int64_t length = c->rows.length, step = attributes->reverse ? -c->rows.step : c->rows.step;
    const int64_t start = attributes->reverse ? (length - 1) * c->rows.step : 0;
    for (int64_t row = begin; row < end; row++) {
        const int64_t at = gt_row_begin(&c->rows, row) + start;
        const REAL *x = (const REAL *)c->call->input[0].data + at;
        REAL *y = (REAL *)c->call->output[0].data + at, sum = 0;
        for (int64_t i = 0; i < length; i++) {
            const REAL before = sum;
            sum += x[i * step];
            y[i * step] = attributes->exclusive ? before : sum;
        }
    }
}

#endif
