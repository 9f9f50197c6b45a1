/* copy: the same values in memory of their own; any dtype. */
#include <string.h>

#include "core/builtin.h"

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[0];
    return GT_OK;
}

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
    dx[0] = dy[0];
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "integers", .inputs = {GT_INDEX(-5, 5, 7)}},
    {.name = "empty", .inputs = {GT_NORMAL(0)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_copy = {
    .name = "copy",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_copy(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_copy, &x, 1, NULL);
}
