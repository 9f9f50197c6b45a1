/* gather_elements: y[i] = x[i, indices[i]]: one entry of each row of x (n, m), by int32 indices (n); x of any dtype. */
#include <string.h>

#include "ops/grads.h"
#include "ops/indexing.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    const gt_shape *x = &call->input[0]->shape, *indices = &call->input[1]->shape;
    gt_status status = gt_need_dtype(call, 1, GT_INT32);
    if (status == GT_OK && (x->rank != 2 || indices->rank != 1 || x->dim[0] != indices->dim[0]))
        status = gt_fail(GT_ERR_SHAPE, "gather_elements: (n, m) and indices (n) are expected, not %s and %s",
                         gt_shape_text(x).text, gt_shape_text(indices).text);
    call->output[0] = (gt_spec){call->input[0]->dtype, *indices};
    return status;
}

static gt_status forward(const gt_call *call)
{
    const gt_spec *x = call->input[0].spec;
    const int32_t *index = call->input[1].data;
    const size_t element = gt_dtype_size(x->dtype), row = (size_t)x->shape.dim[1] * element;
    gt_status status = gt_check_indices(call, 1, x->shape.dim[1]);
    for (int64_t i = 0; status == GT_OK && i < x->shape.dim[0]; i++)
        memcpy((char *)call->output[0].data + (size_t)i * element,
               (const char *)call->input[0].data + (size_t)i * row + (size_t)index[i] * element, element);
    return status;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_gather_elements_grad(tape, dy[0], gt_node_input(node, 1), gt_node_input_spec(node, 0)->shape.dim[1]);
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(5, 3), GT_INDEX(0, 3, 5)}},
    {.name = "one column", .inputs = {GT_NORMAL(4, 1), GT_INDEX(0, 1, 4)}},
    {.name = "one row", .inputs = {GT_NORMAL(1, 9), GT_INDEX(0, 9, 1)}},
    {.name = "bytes", .inputs = {GT_BYTE(5, 3), GT_INDEX(0, 3, 5)}},
    {.name = "no rows", .inputs = {GT_NORMAL(0, 3), GT_INDEX(0, 3, 0)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 10), GT_INDEX(0, 10, 100)}};

const gt_op gt_op_gather_elements = {
    .name = "gather_elements",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_gather_elements(gt_tape *tape, gt_tensor *x, gt_tensor *indices)
{
    return gt_apply(tape, &gt_op_gather_elements, (gt_tensor *[]){x, indices}, 2, NULL);
}
