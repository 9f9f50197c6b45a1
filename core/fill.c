/* fill: a new tensor of one value. */
#include "core/builtin.h"

static gt_status infer(const gt_infer *call)
{
    const gt_fill_attributes *attributes = call->attributes;
    if (attributes->dtype != (gt_dtype)attributes->dtype)
        return gt_fail(GT_ERR_DTYPE, "fill: %lld is not a dtype", (long long)attributes->dtype);
    gt_dtype dtype = (gt_dtype)attributes->dtype;
    call->output[0] = (gt_spec){dtype, attributes->shape};
    gt_status status = gt_shape_check("fill", dtype, &attributes->shape);
    if (status == GT_OK && !gt_dtype_holds(dtype, attributes->value))
        return gt_fail(GT_ERR_VALUE, "fill: %g is no %s", attributes->value, gt_dtype_name(dtype));
    return status;
}

static gt_status forward(const gt_call *call)
{
    double value = ((const gt_fill_attributes *)call->attributes)->value;
    void *y = call->output[0].data;
    int64_t n = gt_operand_size(&call->output[0]);
    switch (call->output[0].spec->dtype) {
    case GT_FLOAT32:
        for (int64_t i = 0; i < n; i++)
            ((float *)y)[i] = (float)value;
        break;
    case GT_FLOAT64:
        for (int64_t i = 0; i < n; i++)
            ((double *)y)[i] = value;
        break;
    case GT_INT32:
        for (int64_t i = 0; i < n; i++)
            ((int32_t *)y)[i] = (int32_t)value;
        break;
    case GT_UINT8:
        for (int64_t i = 0; i < n; i++)
            ((uint8_t *)y)[i] = (uint8_t)value;
        break;
    }
    return GT_OK;
}

static const gt_field fields[] = {
    GT_REAL(gt_fill_attributes, value),
    GT_INT(gt_fill_attributes, dtype),
    GT_DIMS(gt_fill_attributes, shape),
    {0},
};

static const gt_sample samples[] = {
    {.name = "float64", .attributes = &(const gt_fill_attributes){2.5, GT_FLOAT64, GT_DIMENSIONS(3, 2)}},
    {.name = "int32", .attributes = &(const gt_fill_attributes){-7, GT_INT32, GT_DIMENSIONS(4)}},
    {.name = "empty", .attributes = &(const gt_fill_attributes){1, GT_FLOAT32, GT_DIMENSIONS(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .attributes = &(const gt_fill_attributes){1, GT_FLOAT32, GT_DIMENSIONS(256, 1024)}};

const gt_op gt_op_fill = {
    .name = "fill",
    .inputs = 0,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .attribute_size = sizeof(gt_fill_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_fill(gt_tape *tape, gt_dtype dtype, gt_shape shape, double value)
{
    const gt_fill_attributes attributes = {value, dtype, shape};
    return gt_apply(tape, &gt_op_fill, NULL, 0, &attributes);
}
