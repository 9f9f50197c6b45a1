/* conv2d: cross-correlation of images with filters, without bias:
 *     y[n, i, j, o] = sum over u, v, c of x[n, i s + u d - top, j s + v d - left, c] filter[u, v, c, o],
 * s and d the strides and dilations of the two axes, x zero outside the image. */
#include "ops/conv2d_plan.h"
#include "ops/conv2d_samples.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/window.h"

static gt_status infer(const gt_infer *call)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 0, "images", &attributes->input);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 1, "filters", &attributes->filter);
    call->output[0].dtype = call->input[0]->dtype;
    return status == GT_OK ? gt_conv2d_output(call, &call->output[0].shape) : status;
}

static gt_status forward(const gt_call *call)
{
    gt_conv2d_job job = {.x = call->input[0].data, .filter = call->input[1].data, .y = call->output[0].data};
    gt_conv2d_plan_make(&job.plan, call->attributes);
    return gt_conv2d_run(call, &job);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_conv2d_input_grad(tape, dy[0], gt_node_input(node, 1), attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_conv2d_filter_grad(tape, dy[0], gt_node_input(node, 0), attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x, GT_NORMAL filter},                                                      \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_CONV2D_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_CONV2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_conv2d = {
    .name = "conv2d",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_conv2d_attributes),
    .fields = gt_conv2d_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_conv2d_with(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_conv2d, (gt_tensor *[]){x, filter}, 2, attributes);
}

gt_tensor *gt_conv2d(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options)
{
    const gt_conv2d_options given = options ? *options : (gt_conv2d_options){0};
    gt_conv2d_attributes attributes = {.before = {given.top, given.left},
                                       .after = {given.bottom, given.right},
                                       .input = gt_tensor_shape(x),
                                       .filter = gt_tensor_shape(filter)};
    if (!gt_padding_check(tape, "conv2d", given.padding, attributes.before, attributes.after))
        return NULL;
    for (int axis = 0; axis < 2; axis++) {
        gt_window window = {.size = attributes.input.dim[1 + axis],
                            .entries = attributes.filter.dim[axis],
                            .dilation = given.dilation[axis] ? given.dilation[axis] : 1,
                            .stride = given.stride[axis] ? given.stride[axis] : 1,
                            .before = attributes.before[axis],
                            .after = attributes.after[axis]};
        gt_window_pad(&window, given.padding);
        attributes.dilation[axis] = window.dilation;
        attributes.stride[axis] = window.stride;
        attributes.before[axis] = window.before;
        attributes.after[axis] = window.after;
    }
    return gt_conv2d_with(tape, x, filter, &attributes);
}
