/* Convolution in numbers, for conv2d and its two gradients: shapes, and the image with its border of zeros.
 *
 * Names as in the formula y[n, i, j, o] = sum over u, v, c of
 *     x[n, i stride[0] + u dilation[0] - before[0], j stride[1] + v dilation[1] - before[1], c] filter[u, v, c, o]. */
#ifndef GT_CONV2D_PLAN_H
#define GT_CONV2D_PLAN_H

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"

extern const gt_field gt_conv2d_fields[];

/* The shape of conv2d's output, from attributes that may hold anything; messages name the op of the call. */
gt_status gt_conv2d_output(const gt_infer *call, gt_shape *output);
/* GT_ERR_SHAPE unless input i, which is `what`, has the shape that the attributes ask for. */
gt_status gt_conv2d_need(const gt_infer *call, int i, const char *what, const gt_shape *shape);

/* The shape rule of conv2d and of its kin, which have a bias (out) as well. */
gt_status gt_infer_conv2d(const gt_infer *call);

/* Runs conv2d or one of its kin with the options in numbers, for images x, a filter and, if the op takes it, a bias. */
gt_tensor *gt_conv2d_apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], const gt_conv2d_options *options);

/* The same in groups, of which there are more than one. */
gt_tensor *gt_conv2d_in_groups(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[],
                               const gt_conv2d_options *options);

/* What those with a bias are tried on. */
extern const gt_sample gt_conv2d_bias_samples[], gt_conv2d_bias_workload;

/* The vjp of conv2d and its kin with the cotangent of the convolution, bias included. */
void gt_conv2d_vjp(gt_tape *tape, const gt_node *node, gt_tensor *dz, gt_tensor *dx[]);

typedef struct gt_conv2d_plan {
    int64_t images, height, width, in; /* x */
    int64_t f_h, f_w, out;             /* the filter: (f_h, f_w, in, out) */
    int64_t y_h, y_w;                  /* y: (images, y_h, y_w, out) */
    int64_t stride[2], dilation[2], before[2];
    int64_t padded[2]; /* rows and columns that windows reach, borders counted */
    /* Entries of a filter row that meet neighbours in memory, with channels: a run. A row is one run of f_w in entries,
     * or, where columns are dilated, f_w runs of in entries. */
    int64_t runs, run;
} gt_conv2d_plan;

void gt_conv2d_plan_make(gt_conv2d_plan *plan, const gt_conv2d_attributes *attributes);

/* Rows of an image as windows see them: row 0 and column 0 are the first of the border. */
typedef struct gt_conv2d_rows {
    const void *values;
    int64_t row; /* elements from one to the next */
} gt_conv2d_rows;

/* The rows of x, with its border, that the windows of `rows` rows of y cover. */
int64_t gt_conv2d_rows_under(const gt_conv2d_plan *plan, int64_t rows);

/* Images are worked through in bands: rows of y, about `most` of them, but no more than leave the rows of x under them
 * in the second-level cache where they are copied for the sake of the border. `bytes` is what such a copy takes: 0
 * where no window reaches past the image. GT_ERR_SHAPE where memory could not hold one for each slot. */
typedef struct gt_conv2d_band {
    int64_t rows;
    size_t bytes;
} gt_conv2d_band;
gt_status gt_conv2d_cut(const gt_call *call, const gt_conv2d_plan *plan, int64_t most, bool always, int slots,
                        gt_conv2d_band *band);
/* Rows [first, first + count) of the image, in place or as a copy in the buffer; `element` bytes each entry. */
gt_conv2d_rows gt_conv2d_border(const gt_conv2d_plan *plan, const void *image, size_t element, int64_t first,
                                int64_t count, void *buffer);

/* y = x correlated with the filter [+ bias] [, max(y, 0)], on all threads; `turned`: the filter is (f_h, f_w, out, in)
 * and read backwards along its first two axes, which makes an input gradient of it. */
typedef struct gt_conv2d_job {
    gt_conv2d_plan plan;
    const void *x, *filter, *bias; /* bias (out) or NULL */
    bool turned, relu;
    void *y;
} gt_conv2d_job;

gt_status gt_conv2d_run(const gt_call *call, const gt_conv2d_job *job);

/* The kernel of conv2d and its kin: inputs x, filter and perhaps a bias. */
gt_status gt_conv2d_forward(const gt_call *call, bool relu);

#endif
