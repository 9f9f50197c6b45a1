/* What the reductions share: their axes, their shape rule, and how a cotangent finds its way back. */
#ifndef GT_REDUCE_H
#define GT_REDUCE_H

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"

extern const gt_field gt_reduce_fields[];

/* The result's shape. */
gt_shape gt_reduce_shape(const gt_shape *x, int64_t axes, int64_t keepdims);
/* How many elements stand behind each entry of the result. */
int64_t gt_reduce_count(const gt_shape *x, int64_t axes);

/* GT_ERR_ARGUMENT where the mask names an axis that x has not. */
gt_status gt_need_axes(const gt_infer *call, const gt_shape *x, int64_t axes);
/* The shape rule: one float input, gt_reduce_attributes. */
gt_status gt_infer_reduce(const gt_infer *call);

/* The axes as a mask; false, with the tape's error set, where they are none of x's, or one comes twice. */
bool gt_find_axes(gt_tape *tape, const char *who, const gt_shape *x, const gt_axes *axes, int64_t *mask);
/* Checks the axes and runs the op with gt_reduce_attributes. */
gt_tensor *gt_reduce_apply(gt_tape *tape, const gt_op *op, gt_tensor *x, const gt_axes *axes);

/* dy with the node's reduced axes put back with size 1, so that it broadcasts against the input. */
gt_tensor *gt_reduce_restore(gt_tape *tape, const gt_node *node, gt_tensor *dy);

#endif
