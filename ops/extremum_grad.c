/* extremum_grad: max's and min's derivative: puts each entry of dy where x had its first greatest (or least) element,
 * and zeros elsewhere. Inputs (dy, x). Linear in dy; towards x it is zero almost everywhere. */
#ifndef REAL

#include <string.h>

#include "ops/extremum.h"
#include "ops/grads.h"

static gt_status infer(const gt_infer *call)
{
    const gt_extremum_attributes *attributes = call->attributes;
    const gt_shape *dy = &call->input[0]->shape, *x = &call->input[1]->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK)
        status = gt_need_axes(call, x, attributes->axes);
    if (status != GT_OK)
        return status;
    const gt_shape reduced = gt_reduce_shape(x, attributes->axes, attributes->keepdims);
    if (!gt_shape_equal(&reduced, dy) || gt_reduce_count(x, attributes->axes) == 0)
        return gt_fail(GT_ERR_SHAPE, "extremum_grad: dy is %s, no reduction of %s", gt_shape_text(dy).text,
                       gt_shape_text(x).text);
    call->output[0] = *call->input[1];
    return GT_OK;
}

#define KERNEL_FILE "ops/extremum_grad.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_extremum_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_extremum_pick(tape, dy[0], gt_node_input(node, 1), attributes->axes, attributes->keepdims,
                                 attributes->minimum);
}

static const gt_sample samples[] = {
    {.name = "max of all",
     .inputs = {GT_NORMAL_SCALAR, GT_NORMAL(3, 4)},
     .attributes = &(const gt_extremum_attributes){3, 0, 0},
     .zero_gradient = 2},
    {.name = "max of columns, kept",
     .inputs = {GT_NORMAL(3, 1), GT_NORMAL(3, 4)},
     .attributes = &(const gt_extremum_attributes){2, 1, 0},
     .zero_gradient = 2},
    {.name = "min of outer and inner",
     .inputs = {GT_NORMAL(3), GT_NORMAL(2, 3, 4)},
     .attributes = &(const gt_extremum_attributes){5, 0, 1},
     .zero_gradient = 2},
    {.name = "min past a tile",
     .inputs = {GT_NORMAL(131), GT_NORMAL(3, 131)},
     .attributes = &(const gt_extremum_attributes){1, 0, 1},
     .zero_gradient = 2},
    {.name = "ties",
     .inputs = {GT_NORMAL(2), GT_VALUE(1.5, 2, 3)},
     .attributes = &(const gt_extremum_attributes){2, 0, 0},
     .forward_only = true},
    {.name = "no entries",
     .inputs = {GT_NORMAL(0), GT_NORMAL(0, 3)},
     .attributes = &(const gt_extremum_attributes){2, 0, 0}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256), GT_NORMAL(256, 1024)},
                                   .attributes = &(const gt_extremum_attributes){2, 0, 0}};

const gt_op gt_op_extremum_grad = {
    .name = "extremum_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_extremum_attributes),
    .fields = gt_extremum_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_extremum_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, int64_t axes, int64_t keepdims, bool minimum)
{
    const gt_extremum_attributes attributes = {axes, keepdims, minimum};
    return gt_apply(tape, &gt_op_extremum_grad, (gt_tensor *[]){dy, x}, 2, &attributes);
}

#else

static gt_status KERNEL(forward)(const gt_call *call)
{
    const gt_extremum_attributes *attributes = call->attributes;
    gt_extremum found;
    gt_status status = gt_extremum_find(call, &call->input[1], attributes->axes, attributes->minimum, &found);
    if (status != GT_OK)
        return status;
    const REAL *dy = call->input[0].data;
    REAL *dx = call->output[0].data;
    memset(dx, 0, (size_t)gt_operand_size(&call->output[0]) * sizeof *dx);
    for (int64_t i = 0; i < found.plan.outputs; i++)
        dx[found.offset[i]] = dy[i];
    return GT_OK;
}

#endif
