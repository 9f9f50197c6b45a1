/* What the reductions share. */
#include "ops/reduce.h"

const gt_field gt_reduce_fields[] = {
    GT_INT(gt_reduce_attributes, axes),
    GT_INT(gt_reduce_attributes, keepdims),
    {0},
};

gt_shape gt_reduce_shape(const gt_shape *x, int64_t axes, int64_t keepdims)
{
    gt_shape shape = {.rank = 0};
    for (int64_t axis = 0; axis < x->rank; axis++) {
        bool reduced = axes >> axis & 1;
        if (!reduced || keepdims)
            shape.dim[shape.rank++] = reduced ? 1 : x->dim[axis];
    }
    return shape;
}

int64_t gt_reduce_count(const gt_shape *x, int64_t axes)
{
    int64_t count = 1;
    for (int64_t axis = 0; axis < x->rank; axis++)
        if (axes >> axis & 1)
            count *= x->dim[axis];
    return count;
}

gt_status gt_need_axes(const gt_infer *call, const gt_shape *x, int64_t axes)
{
    if (axes >= 0 && axes >> x->rank == 0)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: the axes' mask %lld does not fit %s", call->op->name, (long long)axes,
                   gt_shape_text(x).text);
}

gt_status gt_infer_reduce(const gt_infer *call)
{
    const gt_reduce_attributes *attributes = call->attributes;
    const gt_shape *x = &call->input[0]->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_axes(call, x, attributes->axes);
    call->output[0] = (gt_spec){call->input[0]->dtype, gt_reduce_shape(x, attributes->axes, attributes->keepdims)};
    return status;
}

bool gt_find_axes(gt_tape *tape, const char *who, const gt_shape *x, const gt_axes *axes, int64_t *mask)
{
    *mask = (INT64_C(1) << x->rank) - 1;
    if (!axes || axes->count == 0)
        return true;
    *mask = 0;
    if (axes->count < 0 || axes->count > GT_MAX_RANK) {
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: %d axes, at most %d are possible", who, axes->count, GT_MAX_RANK);
        return false;
    }
    for (int i = 0; i < axes->count; i++) {
        int axis = gt_shape_axis(x, axes->axis[i]);
        if (axis < 0 || *mask >> axis & 1) {
            gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: axis %d %s %s", who, axes->axis[i],
                         axis < 0 ? "is out of range for" : "is named twice, of", gt_shape_text(x).text);
            return false;
        }
        *mask |= INT64_C(1) << axis;
    }
    return true;
}

gt_tensor *gt_reduce_apply(gt_tape *tape, const gt_op *op, gt_tensor *x, const gt_axes *axes)
{
    gt_reduce_attributes attributes = {.keepdims = axes && axes->keepdims};
    const gt_shape shape = gt_tensor_shape(x);
    if (x && !gt_find_axes(tape, op->name, &shape, axes, &attributes.axes))
        return NULL;
    return gt_apply(tape, op, &x, 1, &attributes);
}

gt_tensor *gt_reduce_restore(gt_tape *tape, const gt_node *node, gt_tensor *dy)
{
    const gt_reduce_attributes *attributes = gt_node_attributes(node);
    if (attributes->keepdims)
        return dy;
    return gt_reshape(tape, dy, gt_reduce_shape(&gt_node_input_spec(node, 0)->shape, attributes->axes, 1));
}
