/* batch_norm_relu: max(batch_norm, 0), in one pass over the result; see batch_norm. */
#include "ops/attributes.h"
#include "ops/batch_norm_parts.h"
#include "ops/grads.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    return gt_batch_norm_run(call, true);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *const dz[] = {dy[0] ? gt_relu_grad(tape, dy[0], gt_node_output(node, 0)) : NULL, dy[1], dy[2]};
    gt_batch_norm_vjp(tape, node, dz, dx);
}

const gt_op gt_op_batch_norm_relu = {
    .name = "batch_norm_relu",
    .inputs = 3,
    .outputs = 3,
    .infer = gt_infer_batch_norm,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_OUTPUT(0) | GT_KEEPS_OUTPUT(1) | GT_KEEPS_OUTPUT(2),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = gt_batch_norm_fields,
    .samples = gt_batch_norm_samples,
    .workload = &gt_batch_norm_workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_batch_norm_relu(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, double epsilon,
                              gt_tensor **mean, gt_tensor **variance)
{
    return gt_batch_norm_apply(tape, &gt_op_batch_norm_relu, (gt_tensor *[]){x, gamma, beta}, epsilon, mean, variance);
}
