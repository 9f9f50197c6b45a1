/* Convolution in numbers, for conv2d and its two gradients: shapes, and the image with its border of zeros.
 *
 * Names as in the formula y[n, i, j, o] = sum over u, v, c of
 *     x[n, i stride[0] + u dilation[0] - before[0], j stride[1] + v dilation[1] - before[1], c] filter[u, v, c, o]. */
#ifndef GT_CONV2D_PLAN_H
#define GT_CONV2D_PLAN_H

#include "core/op.h"
#include "ops/attributes.h"

extern const gt_field gt_conv2d_fields[];

/* The shape of conv2d's output, from attributes that may hold anything; messages name the op of the call. */
gt_status gt_conv2d_output(const gt_infer *call, gt_shape *output);
/* GT_ERR_SHAPE unless input i, which is `what`, has the shape that the attributes ask for. */
gt_status gt_conv2d_need(const gt_infer *call, int i, const char *what, const gt_shape *shape);

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

/* Images as windows see them: entry (0, 0) is the first of the border. */
typedef struct gt_conv2d_bordered {
    const void *values;
    int64_t row, image; /* elements from one row, one image, to the next */
} gt_conv2d_bordered;

/* x itself where no window reaches past it, otherwise a copy in scratch memory. */
gt_status gt_conv2d_border_f32(const gt_call *call, const gt_conv2d_plan *plan, const float *x,
                               gt_conv2d_bordered *result);
gt_status gt_conv2d_border_f64(const gt_call *call, const gt_conv2d_plan *plan, const double *x,
                               gt_conv2d_bordered *result);

#endif
