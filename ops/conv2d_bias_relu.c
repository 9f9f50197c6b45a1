/* conv2d_bias_relu: max(conv2d + bias, 0), a convolutional layer with its activation in one pass over the result. */
#include "ops/conv2d_plan.h"
#include "ops/grads.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    return gt_conv2d_forward(call, true);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_conv2d_vjp(tape, node, gt_relu_grad(tape, dy[0], gt_node_output(node, 0)), dx);
}

const gt_op gt_op_conv2d_bias_relu = {
    .name = "conv2d_bias_relu",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_conv2d,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_OUTPUT(0),
    .attribute_size = sizeof(gt_conv2d_attributes),
    .fields = gt_conv2d_fields,
    .samples = gt_conv2d_bias_samples,
    .workload = &gt_conv2d_bias_workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_conv2d_bias_relu(gt_tape *tape, gt_tensor *x, gt_tensor *filter, gt_tensor *bias,
                               const gt_conv2d_options *options)
{
    return gt_conv2d_apply(tape, &gt_op_conv2d_bias_relu, (gt_tensor *[]){x, filter, bias}, options);
}
