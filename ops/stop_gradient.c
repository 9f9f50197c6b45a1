/* stop_gradient: the same values, as a constant: the gradient is zero by nature. */
#include <string.h>

#include "core/op.h"
#include "ops/ops.h"

static gt_status forward(const gt_call *call)
{
    size_t bytes = (size_t)gt_operand_size(&call->input[0]) * gt_dtype_size(call->input[0].spec->dtype);
    memcpy(call->output[0].data, call->input[0].data, bytes);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    (void)tape;
    (void)node;
    (void)dy;
    (void)dx;
}

/* Differences see the values change, so none is a point to check the gradient at. */
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .forward_only = true},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .forward_only = true},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}, .forward_only = true},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_stop_gradient = {
    .name = "stop_gradient",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_stop_gradient(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_stop_gradient, &x, 1, NULL);
}
