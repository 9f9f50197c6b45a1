/* scatter_add: the reverse of gather: zeros of (rows, ...), with updates[i] added to row indices[i], in the order of i,
 * so that equal indices add up to the same bits every time. */
#include "ops/attributes.h"
#include "ops/indexing.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    const gt_shape *updates = &call->input[0]->shape, *indices = &call->input[1]->shape;
    const gt_shape rows = {1, {((const gt_rows_attributes *)call->attributes)->rows}};
    gt_spec *y = &call->output[0];
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_dtype(call, 1, GT_INT32);
    bool fits = updates->rank >= indices->rank;
    for (int64_t axis = 0; fits && axis < indices->rank; axis++)
        fits = updates->dim[axis] == indices->dim[axis];
    if (status == GT_OK && !fits)
        status = gt_fail(GT_ERR_SHAPE, "scatter_add: updates are %s, which does not begin with indices' %s",
                         gt_shape_text(updates).text, gt_shape_text(indices).text);
    if (status == GT_OK)
        status = gt_index_shape(call, &rows, updates, indices->rank, &y->shape);
    y->dtype = call->input[0]->dtype;
    return status == GT_OK ? gt_shape_check("scatter_add", y->dtype, &y->shape) : status;
}

static gt_status forward(const gt_call *call)
{
    gt_status status = gt_check_indices(call, 1, call->output[0].spec->shape.dim[0]);
    if (status == GT_OK)
        gt_add_rows(&call->output[0], &call->input[0], &call->input[1], true);
    return status;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_gather(tape, dy[0], gt_node_input(node, 1));
}

static const gt_field fields[] = {GT_INT(gt_rows_attributes, rows), {0}};

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(4, 2), GT_INDEX(0, 5, 4)}, .attributes = &(const gt_rows_attributes){5}},
    {.name = "repeated", .inputs = {GT_NORMAL(9, 2), GT_INDEX(0, 2, 9)}, .attributes = &(const gt_rows_attributes){3}},
    {.name = "a vector", .inputs = {GT_NORMAL(3), GT_INDEX(0, 7, 3)}, .attributes = &(const gt_rows_attributes){7}},
    {.name = "indices (2, 3)",
     .inputs = {GT_NORMAL(2, 3, 5), GT_INDEX(0, 4, 2, 3)},
     .attributes = &(const gt_rows_attributes){4}},
    {.name = "one index",
     .inputs = {GT_NORMAL(2, 3), GT_INDEX_SCALAR(0, 4)},
     .attributes = &(const gt_rows_attributes){4}},
    {.name = "no indices",
     .inputs = {GT_NORMAL(0, 2), GT_INDEX(0, 5, 0)},
     .attributes = &(const gt_rows_attributes){5}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(100, 784), GT_INDEX(0, 100, 100)},
                                   .attributes = &(const gt_rows_attributes){100}};

const gt_op gt_op_scatter_add = {
    .name = "scatter_add",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_rows_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_scatter_add(gt_tape *tape, gt_tensor *updates, gt_tensor *indices, int64_t rows)
{
    const gt_rows_attributes attributes = {rows};
    return gt_apply(tape, &gt_op_scatter_add, (gt_tensor *[]){updates, indices}, 2, &attributes);
}
