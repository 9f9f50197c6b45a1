/* Rows along one axis of a tensor, for ops that treat each on its own: softmax, its kin, and losses. */
#ifndef GT_ROWS_H
#define GT_ROWS_H

#include "core/elementwise.h"
#include "ops/axis.h"
#include "ops/ops.h"
#include "ops/scalar.h"

/* Row i begins at gt_row_begin(rows, i), and its entries lie `step` apart. */
typedef struct gt_rows {
    int64_t count, length, step;
} gt_rows;

static inline gt_rows gt_rows_of(const gt_shape *shape, int64_t axis)
{
    gt_rows rows = {.count = 1, .length = shape->dim[axis], .step = 1};
    for (int64_t i = 0; i < shape->rank; i++) {
        rows.count *= i == axis ? 1 : shape->dim[i];
        rows.step *= i > axis ? shape->dim[i] : 1;
    }
    return rows;
}

static inline int64_t gt_row_begin(const gt_rows *rows, int64_t i)
{
    return i / rows->step * rows->step * rows->length + i % rows->step;
}

/* What a body of gt_each_row_along gets. */
typedef struct gt_rows_context {
    const gt_call *call;
    gt_rows rows;
} gt_rows_context;

/* Runs the body over the rows of output 0 along the axis of the attributes. */
static inline gt_status gt_each_row_along(const gt_call *call, gt_range_body *body)
{
    const gt_axis_attributes *attributes = call->attributes;
    gt_rows_context context = {call, gt_rows_of(&call->output[0].spec->shape, attributes->axis)};
    if (context.rows.length > 0)
        gt_parallel(context.rows.count, gt_row_grain(context.rows.length), body, &context);
    return GT_OK;
}

/* The shape rule: all inputs like the first, and so the output; the axis must be one of theirs. */
static inline gt_status gt_infer_along_axis(const gt_infer *call)
{
    gt_status status = gt_need_axis(call);
    return status == GT_OK ? gt_infer_like_first(call) : status;
}

/* The sums of rows, as an axis of size 1. */
static inline gt_tensor *gt_row_sums(gt_tape *tape, gt_tensor *x, int64_t axis)
{
    return gt_sum(tape, x, &(gt_axes){.count = 1, .axis = {(int)axis}, .keepdims = true});
}

enum {
    GT_ROW_BLOCK = 32, /* rows that are taken together, */
    GT_ROW_PART = 1024 /* or fewer: at most so many entries, unless a single row has more */
};

static inline int64_t gt_rows_together(int64_t length, int64_t left)
{
    const int64_t fit = length >= GT_ROW_PART ? 1 : GT_ROW_PART / length;
    const int64_t most = fit < GT_ROW_BLOCK ? fit : GT_ROW_BLOCK;
    return left < most ? left : most;
}

#define REAL_FILE "ops/rows_real.h"
#include "core/real.h"
#undef REAL_FILE

#endif
