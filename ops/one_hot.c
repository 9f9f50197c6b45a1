/* one_hot: a 1 at each int32 index along a new last axis of `depth` entries, in a float dtype. */
#include <string.h>

#include "ops/attributes.h"
#include "ops/indexing.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    const gt_one_hot_attributes *attributes = call->attributes;
    const gt_shape depth = {1, {attributes->depth}};
    gt_spec *y = &call->output[0];
    gt_status status = gt_need_dtype(call, 0, GT_INT32);
    y->dtype = attributes->dtype == GT_FLOAT32 ? GT_FLOAT32 : GT_FLOAT64;
    if (status == GT_OK && attributes->dtype != (int64_t)y->dtype)
        status = gt_fail(GT_ERR_DTYPE, "one_hot: the result is float32 or float64, not %s",
                         attributes->dtype == GT_INT32   ? "int32"
                         : attributes->dtype == GT_UINT8 ? "uint8"
                                                         : "an unknown dtype");
    if (status == GT_OK)
        status = gt_index_shape(call, &call->input[0]->shape, &depth, 0, &y->shape);
    return status == GT_OK ? gt_shape_check("one_hot", y->dtype, &y->shape) : status;
}

static gt_status forward(const gt_call *call)
{
    const gt_one_hot_attributes *attributes = call->attributes;
    const int32_t *index = call->input[0].data;
    const int64_t depth = attributes->depth, count = gt_operand_size(&call->input[0]);
    void *y = call->output[0].data;
    gt_status status = gt_check_indices(call, 0, depth);
    if (status != GT_OK)
        return status;
    /* All bytes 0 is 0.0 in both float dtypes. */
    memset(y, 0, (size_t)(count * depth) * gt_dtype_size((gt_dtype)attributes->dtype));
    for (int64_t i = 0; i < count; i++)
        if (attributes->dtype == GT_FLOAT32)
            ((float *)y)[i * depth + index[i]] = 1;
        else
            ((double *)y)[i * depth + index[i]] = 1;
    return GT_OK;
}

static const gt_field fields[] = {
    GT_INT(gt_one_hot_attributes, depth),
    GT_INT(gt_one_hot_attributes, dtype),
    {0},
};

static const gt_sample samples[] = {
    {.name = "float32", .inputs = {GT_INDEX(0, 4, 6)}, .attributes = &(const gt_one_hot_attributes){4, GT_FLOAT32}},
    {.name = "float64", .inputs = {GT_INDEX(0, 5, 2, 3)}, .attributes = &(const gt_one_hot_attributes){5, GT_FLOAT64}},
    {.name = "scalar", .inputs = {GT_INDEX_SCALAR(0, 3)}, .attributes = &(const gt_one_hot_attributes){3, GT_FLOAT32}},
    {.name = "empty", .inputs = {GT_INDEX(0, 4, 0)}, .attributes = &(const gt_one_hot_attributes){4, GT_FLOAT32}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_INDEX(0, 10, 100)}, .attributes = &(const gt_one_hot_attributes){10, GT_FLOAT32}};

const gt_op gt_op_one_hot = {
    .name = "one_hot",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .attribute_size = sizeof(gt_one_hot_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_one_hot(gt_tape *tape, gt_tensor *indices, int64_t depth, gt_dtype dtype)
{
    const gt_one_hot_attributes attributes = {depth, dtype};
    return gt_apply(tape, &gt_op_one_hot, &indices, 1, &attributes);
}
