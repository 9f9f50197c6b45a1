/* conv2d: cross-correlation of images with filters, without bias:
 *     y[n, i, j, o] = sum over u, v, c of x[n, i s + u d - top, j s + v d - left, c] filter[u, v, c, o],
 * s and d the strides and dilations of the two axes, x zero outside the image. */
#include "ops/conv2d_plan.h"
#include "ops/conv2d_samples.h"
#include "ops/grads.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    return gt_conv2d_forward(call, false);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_conv2d_vjp(tape, node, dy[0], dx);
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
    .infer = gt_infer_conv2d,
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
    return gt_conv2d_apply(tape, &gt_op_conv2d, (gt_tensor *[]){x, filter}, options);
}
