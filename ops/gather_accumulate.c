/* gather_accumulate: dx[indices[i]] += dy[i], in place: the gradient of gather where it meets others, so that T
 * gathers cost T and not T squared. Inputs (dx, dy, indices). */
#include "ops/indexing.h"

static gt_status infer(const gt_infer *call)
{
    const gt_shape *dx = &call->input[0]->shape, *dy = &call->input[1]->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK)
        status = gt_need_dtype(call, 2, GT_INT32);
    gt_shape rows;
    if (status == GT_OK && dx->rank == 0)
        status = gt_fail(GT_ERR_SHAPE, "gather_accumulate: a scalar has no rows");
    if (status == GT_OK)
        status = gt_index_shape(call, &call->input[2]->shape, dx, 1, &rows);
    if (status == GT_OK && !gt_shape_equal(&rows, dy))
        status = gt_fail(GT_ERR_SHAPE, "gather_accumulate: dy is %s, but the rows %s", gt_shape_text(dy).text,
                         gt_shape_text(&rows).text);
    return status;
}

static gt_status forward(const gt_call *call)
{
    gt_status status = gt_check_indices(call, 2, call->input[0].spec->shape.dim[0]);
    if (status == GT_OK)
        gt_add_rows(&call->input[0], &call->input[1], &call->input[2], false);
    return status;
}

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(5, 2), GT_NORMAL(4, 2), GT_INDEX(0, 5, 4)}},
    {.name = "repeated", .inputs = {GT_NORMAL(3, 2), GT_NORMAL(9, 2), GT_INDEX(0, 2, 9)}},
    {.name = "indices (2, 3)", .inputs = {GT_NORMAL(4), GT_NORMAL(2, 3), GT_INDEX(0, 4, 2, 3)}},
    {.name = "no indices", .inputs = {GT_NORMAL(5, 2), GT_NORMAL(0, 2), GT_INDEX(0, 5, 0)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(100, 784), GT_NORMAL(100, 784), GT_INDEX(0, 100, 100)}};

const gt_op gt_op_gather_accumulate = {
    .name = "gather_accumulate",
    .inputs = 3,
    .outputs = 0,
    .infer = infer,
    .kernel = forward,
    .writes = GT_INPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};
