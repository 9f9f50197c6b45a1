/* gather_elements_grad: zeros of (n, columns), with dy[i] at [i, indices[i]]. Inputs (dy, indices). */
#ifndef REAL

#include <string.h>

#include "ops/attributes.h"
#include "ops/grads.h"
#include "ops/indexing.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    const gt_spec *dy = call->input[0];
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_dtype(call, 1, GT_INT32);
    if (status == GT_OK)
        status = gt_need_same_shape(call, 0, 1);
    if (status == GT_OK && dy->shape.rank != 1)
        status =
            gt_fail(GT_ERR_SHAPE, "gather_elements_grad: dy (n) is expected, not %s", gt_shape_text(&dy->shape).text);
    const gt_shape shape = {2, {dy->shape.dim[0], ((const gt_columns_attributes *)call->attributes)->columns}};
    call->output[0] = (gt_spec){dy->dtype, shape};
    return status == GT_OK ? gt_shape_check("gather_elements_grad", dy->dtype, &shape) : status;
}

#define KERNEL_FILE "ops/gather_elements_grad.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_gather_elements(tape, dy[0], gt_node_input(node, 1));
}

static const gt_field fields[] = {GT_INT(gt_columns_attributes, columns), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(5), GT_INDEX(0, 3, 5)}, .attributes = &(const gt_columns_attributes){3}},
    {.name = "one row", .inputs = {GT_NORMAL(1), GT_INDEX(0, 9, 1)}, .attributes = &(const gt_columns_attributes){9}},
    {.name = "no rows", .inputs = {GT_NORMAL(0), GT_INDEX(0, 3, 0)}, .attributes = &(const gt_columns_attributes){3}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(100), GT_INDEX(0, 10, 100)},
                                   .attributes = &(const gt_columns_attributes){10}};

const gt_op gt_op_gather_elements_grad = {
    .name = "gather_elements_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_columns_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_gather_elements_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *indices, int64_t columns)
{
    const gt_columns_attributes attributes = {columns};
    return gt_apply(tape, &gt_op_gather_elements_grad, (gt_tensor *[]){dy, indices}, 2, &attributes);
}

#else

static gt_status KERNEL(forward)(const gt_call *call)
{
    const int64_t columns = ((const gt_columns_attributes *)call->attributes)->columns;
    const REAL *dy = call->input[0].data;
    const int32_t *index = call->input[1].data;
    REAL *dx = call->output[0].data;
    gt_status status = gt_check_indices(call, 1, columns);
    if (status != GT_OK)
        return status;
    memset(dx, 0, (size_t)gt_operand_size(&call->output[0]) * sizeof *dx);
    for (int64_t i = 0; i < call->input[0].spec->shape.dim[0]; i++)
        dx[i * columns + index[i]] = dy[i];
    return GT_OK;
}

#endif
