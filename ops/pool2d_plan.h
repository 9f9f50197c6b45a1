/* Pooling in numbers, for max_pool2d, avg_pool2d and what belongs to them. */
#ifndef GT_POOL2D_PLAN_H
#define GT_POOL2D_PLAN_H

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"

extern const gt_field gt_pool2d_fields[];

/* The shape of the pooled images, from attributes that may hold anything; messages name the op of the call. */
gt_status gt_pool2d_output(const gt_infer *call, gt_shape *output);
/* The shape rule of an op whose inputs, of one dtype, have the shapes of the images or of the pooled ones, and so the
 * output. */
typedef enum gt_pool2d_role { GT_POOL2D_IMAGES, GT_POOL2D_POOLED } gt_pool2d_role;
gt_status gt_pool2d_infer(const gt_infer *call, const gt_pool2d_role input[], gt_pool2d_role output);

/* Runs max_pool2d or avg_pool2d with the options in numbers, for images x. */
gt_tensor *gt_pool2d_apply(gt_tape *tape, const gt_op *op, gt_tensor *x, const gt_pool2d_options *options);

typedef struct gt_pool2d_plan {
    int64_t images, height, width, channels; /* x */
    int64_t y_h, y_w;                        /* y: (images, y_h, y_w, channels) */
    int64_t window[2], stride[2], before[2];
    bool tiles; /* every entry of x is in exactly one window */
} gt_pool2d_plan;

void gt_pool2d_plan_make(gt_pool2d_plan *plan, const gt_pool2d_attributes *attributes);

/* The entries of the image that a window covers, at least one: rows [top, bottom), columns [left, right). */
typedef struct gt_pool2d_window {
    int64_t top, bottom, left, right;
} gt_pool2d_window;

/* The window of row i and column j of y. */
static inline gt_pool2d_window gt_pool2d_window_at(const gt_pool2d_plan *plan, int64_t i, int64_t j)
{
    const int64_t top = i * plan->stride[0] - plan->before[0], left = j * plan->stride[1] - plan->before[1];
    const int64_t bottom = top + plan->window[0], right = left + plan->window[1];
    return (gt_pool2d_window){.top = top > 0 ? top : 0,
                              .bottom = bottom < plan->height ? bottom : plan->height,
                              .left = left > 0 ? left : 0,
                              .right = right < plan->width ? right : plan->width};
}

/* How many images, or rows of y, of `elements` each make a part that is worth handing to a thread. */
static inline int64_t gt_pool2d_grain(int64_t elements)
{
    return 1 + 32768 / (elements + 1);
}

#endif
