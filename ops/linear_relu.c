/* linear_relu: y = max(x W + b, 0) over x's last axis: a dense layer with its activation, in one pass over y. */
#include "ops/grads.h"
#include "ops/linear_parts.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    return gt_linear_run(call, true);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_linear_vjp(tape, node, gt_relu_grad(tape, dy[0], gt_node_output(node, 0)), dx);
}

const gt_op gt_op_linear_relu = {
    .name = "linear_relu",
    .inputs = 3,
    .outputs = 1,
    .infer = gt_infer_linear,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_OUTPUT(0),
    .samples = gt_linear_samples,
    .workload = &gt_linear_workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_linear_relu(gt_tape *tape, gt_tensor *x, gt_tensor *weight, gt_tensor *bias)
{
    return gt_apply(tape, &gt_op_linear_relu, (gt_tensor *[]){x, weight, bias}, 3, NULL);
}
