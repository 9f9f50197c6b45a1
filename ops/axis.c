/* The axis of ops along one. */
#include "ops/axis.h"

const gt_field gt_axis_fields[] = {GT_INT(gt_axis_attributes, axis), {0}};

gt_status gt_need_axis(const gt_infer *call)
{
    const int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    const gt_shape *shape = &call->input[0]->shape;
    if (axis >= 0 && axis < shape->rank)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: axis %lld is out of range for %s", call->op->name, (long long)axis,
                   gt_shape_text(shape).text);
}

gt_tensor *gt_apply_along(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], int count, int axis)
{
    const gt_shape shape = gt_tensor_shape(inputs[0]);
    const int found = gt_shape_axis(&shape, axis);
    const gt_axis_attributes attributes = {found < 0 ? axis : found};
    return gt_apply(tape, op, inputs, count, &attributes);
}
