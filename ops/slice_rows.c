/* slice_rows: entries of the leading axis, sharing x's memory; any dtype. */
#include "ops/attributes.h"
#include "ops/grads.h"
#include "ops/region.h"

static gt_status infer(const gt_infer *call)
{
    gt_status status = gt_infer_slice(call);
    const gt_shape *x = &call->input[0]->shape;
    if (status == GT_OK && x->rank == 0)
        return gt_fail(GT_ERR_SHAPE, "slice_rows: a scalar has no rows");
    for (int64_t i = 1; status == GT_OK && i < x->rank; i++)
        if (call->output[0].shape.dim[i] != x->dim[i])
            return gt_fail(GT_ERR_SHAPE, "slice_rows: %s of %s are no whole rows",
                           gt_shape_text(&call->output[0].shape).text, gt_shape_text(x).text);
    return status;
}

static int64_t view(const gt_infer *call)
{
    int64_t offset = ((const gt_slice_attributes *)call->attributes)->begin[0];
    for (int64_t i = 1; i < call->input[0]->shape.rank; i++)
        offset *= call->input[0]->shape.dim[i];
    return offset;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_slice_attributes *attributes = gt_node_attributes(node);
    dx[0] = gt_slice_grad(tape, dy[0], attributes->begin, &gt_node_input_spec(node, 0)->shape);
}

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(5, 3)}, .attributes = &(const gt_slice_attributes){{1}, GT_DIMENSIONS(2, 3)}},
    {.name = "vector", .inputs = {GT_NORMAL(5)}, .attributes = &(const gt_slice_attributes){{2}, GT_DIMENSIONS(3)}},
    {.name = "everything",
     .inputs = {GT_NORMAL(2, 3)},
     .attributes = &(const gt_slice_attributes){{0}, GT_DIMENSIONS(2, 3)}},
    {.name = "integers",
     .inputs = {GT_INDEX(0, 9, 4, 2)},
     .attributes = &(const gt_slice_attributes){{3}, GT_DIMENSIONS(1, 2)}},
    {.name = "empty",
     .inputs = {GT_NORMAL(5, 3)},
     .attributes = &(const gt_slice_attributes){{5}, GT_DIMENSIONS(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 1024)},
                                   .attributes = &(const gt_slice_attributes){{64}, GT_DIMENSIONS(128, 1024)}};

extern const gt_op gt_op_slice_accumulate;

const gt_op gt_op_slice_rows = {
    .name = "slice_rows",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .vjp = vjp,
    .view = view,
    .accumulate = &gt_op_slice_accumulate,
    .attribute_size = sizeof(gt_slice_attributes),
    .fields = gt_slice_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};
