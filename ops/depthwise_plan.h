/* Depthwise convolution in numbers, for depthwise_conv2d and its two gradients: conv2d's attributes and plan, with a
 * filter (f_h, f_w, in, multiplier), so that the plan's `out` is the multiplier.
 *
 * In kernels the `multiplier` outputs of each channel lie side by side, as filter entries do: output k = c multiplier +
 * m. Images are read as if each channel were there that often, so that all three have one inner loop, along k. */
#ifndef GT_DEPTHWISE_PLAN_H
#define GT_DEPTHWISE_PLAN_H

#include "ops/conv2d_plan.h"

/* The shape of depthwise_conv2d's output: (images, height', width', in multiplier). */
gt_status gt_depthwise_output(const gt_infer *call, gt_shape *output);
/* The shape rule of the gradients: input 0 is dy, input 1 is `what`, of the shape `given`, and output 0 has `found`. */
gt_status gt_infer_depthwise_grad(const gt_infer *call, const char *what, const gt_shape *given, const gt_shape *found);

/* Entries [begin, end) of those at first, first + dilation, ... that fall on 0..size - 1; both 0 where none does. */
typedef struct gt_depthwise_taps {
    int64_t begin, end;
} gt_depthwise_taps;
gt_depthwise_taps gt_depthwise_taps_on(int64_t first, int64_t entries, int64_t dilation, int64_t size);

/* The filter's entries first, first + step, ... that meet one position of x, counted from the border's first, and the
 * positions at, at + at_step, ... of y whose windows they belong to. */
typedef struct gt_depthwise_meeting {
    int64_t count;
    int64_t first, step;
    int64_t at, at_step;
} gt_depthwise_meeting;
gt_depthwise_meeting gt_depthwise_meet(int64_t position, int64_t entries, int64_t dilation, int64_t stride,
                                       int64_t windows);

/* y[k] = sum over i < rows, j < columns of a[i a_row + j a_column + k] b[i b_row + j b_column + k]; onto y if `add`. */
typedef struct gt_depthwise_grid {
    int64_t rows, columns;
    int64_t a_row, a_column, b_row, b_column;
    bool add;
} gt_depthwise_grid;

/* GT_ERR_SHAPE unless `rows` rows of x, each channel repeated, fit in memory for each slot; `bytes` of one slot, 0
 * where the multiplier is 1 and x is read in place. */
gt_status gt_depthwise_lines(const gt_call *call, const gt_conv2d_plan *plan, int64_t rows, int slots, size_t *bytes);

#endif
