/* batch_norm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with the batch's mean and biased variance over
 * all axes but the last, in two passes. Ioffe and Szegedy, ICML 2015. */
#include "ops/attributes.h"
#include "ops/batch_norm_parts.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    return gt_batch_norm_run(call, false);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_batch_norm_vjp(tape, node, dy, dx);
}

const gt_op gt_op_batch_norm = {
    .name = "batch_norm",
    .inputs = 3,
    .outputs = 3,
    .infer = gt_infer_batch_norm,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_OUTPUT(1) | GT_KEEPS_OUTPUT(2),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = gt_batch_norm_fields,
    .samples = gt_batch_norm_samples,
    .workload = &gt_batch_norm_workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_batch_norm(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, double epsilon,
                         gt_tensor **mean, gt_tensor **variance)
{
    return gt_batch_norm_apply(tape, &gt_op_batch_norm, (gt_tensor *[]){x, gamma, beta}, epsilon, mean, variance);
}
