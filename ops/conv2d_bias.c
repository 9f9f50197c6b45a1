/* conv2d_bias: conv2d + bias, one for each filter, in one pass over the result. */
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

#define LAST(f_h, f_w, in, out) out
#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x, GT_NORMAL filter, GT_NORMAL(LAST filter)},                              \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

const gt_sample gt_conv2d_bias_samples[] = {GT_CONV2D_SAMPLES(SAMPLE), {0}};
const gt_sample gt_conv2d_bias_workload = GT_CONV2D_WORKLOAD(SAMPLE);
#undef SAMPLE
#undef LAST

const gt_op gt_op_conv2d_bias = {
    .name = "conv2d_bias",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_conv2d,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_conv2d_attributes),
    .fields = gt_conv2d_fields,
    .samples = gt_conv2d_bias_samples,
    .workload = &gt_conv2d_bias_workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_conv2d_bias(gt_tape *tape, gt_tensor *x, gt_tensor *filter, gt_tensor *bias,
                          const gt_conv2d_options *options)
{
    return gt_conv2d_apply(tape, &gt_op_conv2d_bias, (gt_tensor *[]){x, filter, bias}, options);
}
