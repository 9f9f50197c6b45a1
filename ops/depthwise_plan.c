/* What depthwise_conv2d and its gradients share: shape rules, and which filter entries meet which pixels. */
#include "ops/depthwise_plan.h"

gt_status gt_depthwise_output(const gt_infer *call, gt_shape *output)
{
    gt_status status = gt_conv2d_output(call, output);
    if (status != GT_OK)
        return status;
    output->dim[3] *= ((const gt_conv2d_attributes *)call->attributes)->input.dim[3];
    return gt_shape_check(call->op->name, call->input[0]->dtype, output);
}

gt_status gt_infer_depthwise_grad(const gt_infer *call, const char *what, const gt_shape *given, const gt_shape *found)
{
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    gt_shape y;
    if (status == GT_OK)
        status = gt_depthwise_output(call, &y);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 0, "cotangents", &y);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 1, what, given);
    call->output[0] = (gt_spec){call->input[0]->dtype, *found};
    return status;
}

gt_depthwise_taps gt_depthwise_taps_on(int64_t first, int64_t entries, int64_t dilation, int64_t size)
{
    gt_depthwise_taps on = {first < 0 ? (dilation - 1 - first) / dilation : 0, entries};
    if (first + (entries - 1) * dilation >= size)
        on.end = first < size ? (size - 1 - first) / dilation + 1 : 0;
    return on.begin < on.end ? on : (gt_depthwise_taps){0, 0};
}

gt_depthwise_meeting gt_depthwise_meet(int64_t position, int64_t entries, int64_t dilation, int64_t stride,
                                       int64_t windows)
{
    gt_depthwise_meeting m = {0};
    for (int64_t u = 0; u < entries && u * dilation <= position; u++) {
        const int64_t distance = position - u * dilation, at = stride == 1 ? distance : distance / stride;
        if (at * stride != distance || at >= windows)
            continue;
        if (m.count == 0) {
            m.first = u;
            m.at = at;
        } else if (m.count == 1) {
            m.step = u - m.first;
            m.at_step = at - m.at;
        }
        m.count++;
    }
    return m;
}

gt_status gt_depthwise_lines(const gt_call *call, const gt_conv2d_plan *plan, int64_t rows, int slots, size_t *bytes)
{
    *bytes = 0;
    if (plan->out == 1)
        return GT_OK;
    const gt_dtype dtype = call->input[0].spec->dtype;
    const gt_shape lines = GT_SHAPE(slots, rows, plan->width, plan->in * plan->out);
    *bytes = (size_t)(rows * plan->width * plan->in * plan->out) * gt_dtype_size(dtype);
    return gt_shape_check(call->op->name, dtype, &lines);
}
