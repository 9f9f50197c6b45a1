/* argmax: the index of the first greatest element along one axis, or of the first NaN if there is one; int32. */
#include "ops/axis.h"
#include "ops/extremum.h"

static gt_status infer(const gt_infer *call)
{
    int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    const gt_shape *x = &call->input[0]->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_axis(call);
    if (status != GT_OK)
        return status;
    if (x->dim[axis] == 0 || x->dim[axis] > INT32_MAX)
        return gt_fail(GT_ERR_SHAPE, "argmax: axis %lld of %s has no entries, or more than an int32 counts",
                       (long long)axis, gt_shape_text(x).text);
    call->output[0] = (gt_spec){GT_INT32, gt_reduce_shape(x, INT64_C(1) << axis, 0)};
    return GT_OK;
}

static gt_status forward(const gt_call *call)
{
    int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    const gt_shape *x = &call->input[0].spec->shape;
    gt_extremum found;
    gt_status status = gt_extremum_find(call, &call->input[0], INT64_C(1) << axis, false, &found);
    if (status != GT_OK)
        return status;
    int64_t step = 1;
    for (int64_t inner = axis + 1; inner < x->rank; inner++)
        step *= x->dim[inner];
    int32_t *y = call->output[0].data;
    for (int64_t i = 0; i < found.plan.outputs; i++)
        y[i] = (int32_t)(found.offset[i] / step % x->dim[axis]);
    return GT_OK;
}

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(4, 3)}, .attributes = &(const gt_axis_attributes){1}},
    {.name = "columns", .inputs = {GT_NORMAL(4, 3)}, .attributes = &(const gt_axis_attributes){0}},
    {.name = "middle", .inputs = {GT_NORMAL(2, 5, 3)}, .attributes = &(const gt_axis_attributes){1}},
    {.name = "vector", .inputs = {GT_NORMAL(131)}, .attributes = &(const gt_axis_attributes){0}},
    {.name = "ties", .inputs = {GT_VALUE(2, 2, 3)}, .attributes = &(const gt_axis_attributes){1}},
    {.name = "no entries", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_axis_attributes){1}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_axis_attributes){1}};

const gt_op gt_op_argmax = {
    .name = "argmax",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .attribute_size = sizeof(gt_axis_attributes),
    .fields = gt_axis_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_argmax(gt_tape *tape, gt_tensor *x, int axis)
{
    return gt_apply_along(tape, &gt_op_argmax, &x, 1, axis);
}
