/* Ops along one axis of their inputs, with gt_axis_attributes: argmax, concat, softmax and its kin. */
#ifndef GT_AXIS_H
#define GT_AXIS_H

#include "core/op.h"
#include "ops/attributes.h"

extern const gt_field gt_axis_fields[];

/* GT_ERR_ARGUMENT unless the axis of the attributes is one of input 0's. */
gt_status gt_need_axis(const gt_infer *call);

/* Runs such an op with an axis that may count from the end; of the first input, where there are several. The shape rule
 * reports one out of range. */
gt_tensor *gt_apply_along(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, int axis);

#endif
