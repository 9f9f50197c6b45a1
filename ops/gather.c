/* gather: y[i] = x[indices[i]]: rows of x (n, ...) by int32 indices of any shape; x of any dtype. */
#include <string.h>

#include "core/elementwise.h"
#include "ops/indexing.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    gt_spec *y = &call->output[0];
    const gt_shape *x = &call->input[0]->shape;
    gt_status status = gt_need_dtype(call, 1, GT_INT32);
    if (status == GT_OK && x->rank == 0)
        status = gt_fail(GT_ERR_SHAPE, "gather: a scalar has no rows");
    if (status == GT_OK)
        status = gt_index_shape(call, &call->input[1]->shape, x, 1, &y->shape);
    y->dtype = call->input[0]->dtype;
    return status == GT_OK ? gt_shape_check("gather", y->dtype, &y->shape) : status;
}

typedef struct lookup {
    const char *x;
    char *y;
    const int32_t *index;
    size_t row; /* bytes */
} lookup;

static void rows(void *context, int64_t begin, int64_t end)
{
    const lookup *l = context;
    for (int64_t i = begin; i < end; i++)
        memcpy(l->y + (size_t)i * l->row, l->x + (size_t)l->index[i] * l->row, l->row);
}

static gt_status forward(const gt_call *call)
{
    const gt_spec *x = call->input[0].spec;
    gt_status status = gt_check_indices(call, 1, x->shape.dim[0]);
    if (status != GT_OK)
        return status;
    int64_t width = 1;
    for (int64_t axis = 1; axis < x->shape.rank; axis++)
        width *= x->shape.dim[axis];
    lookup l = {call->input[0].data, call->output[0].data, call->input[1].data,
                (size_t)width * gt_dtype_size(x->dtype)};
    gt_parallel(gt_operand_size(&call->input[1]), gt_row_grain(width), rows, &l);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_scatter_add(tape, dy[0], gt_node_input(node, 1), gt_node_input_spec(node, 0)->shape.dim[0]);
}

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(5, 2), GT_INDEX(0, 5, 4)}},
    {.name = "repeated", .inputs = {GT_NORMAL(3, 2), GT_INDEX(0, 2, 9)}},
    {.name = "of a vector", .inputs = {GT_NORMAL(7), GT_INDEX(0, 7, 3)}},
    {.name = "indices (2, 3)", .inputs = {GT_NORMAL(4, 3), GT_INDEX(0, 4, 2, 3)}},
    {.name = "one index", .inputs = {GT_NORMAL(4, 2, 3), GT_INDEX_SCALAR(0, 4)}},
    {.name = "bytes", .inputs = {GT_BYTE(5, 3), GT_INDEX(0, 5, 4)}},
    {.name = "no indices", .inputs = {GT_NORMAL(5, 2), GT_INDEX(0, 5, 0)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 784), GT_INDEX(0, 100, 100)}};

extern const gt_op gt_op_gather_accumulate;

const gt_op gt_op_gather = {
    .name = "gather",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .accumulate = &gt_op_gather_accumulate,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_gather(gt_tape *tape, gt_tensor *x, gt_tensor *indices)
{
    return gt_apply(tape, &gt_op_gather, (gt_tensor *[]){x, indices}, 2, NULL);
}
