/* reshape: the same values, in order, under another shape; one axis of it may be -1, and is found. Shares memory. */
#include "core/builtin.h"
#include "ops/ops.h"

/* The shape with its -1, if it has one, put in for what x's size leaves over. */
static gt_status resolve(const gt_spec *x, const gt_shape *wanted, gt_shape *shape)
{
    int64_t unknown = -1;
    *shape = *wanted;
    for (int64_t axis = 0; axis < shape->rank && axis < GT_MAX_RANK; axis++) {
        if (shape->dim[axis] != -1)
            continue;
        if (unknown >= 0)
            return gt_fail(GT_ERR_SHAPE, "reshape: more than one -1 in %s", gt_shape_text(wanted).text);
        unknown = axis;
        shape->dim[axis] = 1;
    }
    gt_status status = gt_shape_check("reshape", x->dtype, shape);
    if (status != GT_OK)
        return status;
    int64_t size = gt_shape_size(&x->shape), known = gt_shape_size(shape);
    if (unknown >= 0 && known != 0 && size % known == 0)
        shape->dim[unknown] = size / known;
    else if (unknown >= 0 || size != known)
        return gt_fail(GT_ERR_SHAPE, "reshape: %s has %lld entries, which do not fit %s", gt_shape_text(&x->shape).text,
                       (long long)size, gt_shape_text(wanted).text);
    return GT_OK;
}

static gt_status infer(const gt_infer *call)
{
    call->output[0].dtype = call->input[0]->dtype;
    return resolve(call->input[0], &((const gt_shape_attributes *)call->attributes)->shape, &call->output[0].shape);
}

static int64_t view(const gt_infer *call)
{
    (void)call;
    return 0;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_reshape(tape, dy[0], gt_node_input_spec(node, 0)->shape);
}

static const gt_field fields[] = {GT_DIMS(gt_shape_attributes, shape), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(2, 6)}},
    {.name = "found", .inputs = {GT_NORMAL(2, 6)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(3, -1)}},
    {.name = "flat", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(-1)}},
    {.name = "to a scalar", .inputs = {GT_NORMAL(1, 1)}, .attributes = &(const gt_shape_attributes){{0, {0}}}},
    {.name = "integers",
     .inputs = {GT_INDEX(-9, 9, 6)},
     .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(3, 2)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(5, 0)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(64, 12, 12, 32)},
                                   .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(64, 4608)}};

const gt_op gt_op_reshape = {
    .name = "reshape",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .vjp = vjp,
    .view = view,
    .attribute_size = sizeof(gt_shape_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_reshape(gt_tape *tape, gt_tensor *x, gt_shape shape)
{
    const gt_shape_attributes attributes = {shape};
    return gt_apply(tape, &gt_op_reshape, &x, 1, &attributes);
}
