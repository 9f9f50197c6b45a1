/* cast: the same values in another dtype. To integers the fraction is cut off, values out of range saturate, and NaN
 * becomes 0; only casts between float dtypes carry a gradient. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

#define TO_FLOAT32(x) ((float)(x))
#define TO_FLOAT64(x) (x)

/* Every value passes through double, which holds all dtypes' values exactly. */
#define CAST(name, from, to, convert)                                                                                  \
    static void name(void *context, int64_t begin, int64_t end)                                                        \
    {                                                                                                                  \
        const gt_call *call = context;                                                                                 \
        const from *x = call->input[0].data;                                                                           \
        to *y = call->output[0].data;                                                                                  \
        for (int64_t i = begin; i < end; i++)                                                                          \
            y[i] = convert((double)x[i]);                                                                              \
    }

#define CASTS(name, from)                                                                                              \
    CAST(name##_to_float32, from, float, TO_FLOAT32)                                                                   \
    CAST(name##_to_float64, from, double, TO_FLOAT64)                                                                  \
    CAST(name##_to_int32, from, int32_t, gt_cast_to_int32)                                                             \
    CAST(name##_to_uint8, from, uint8_t, gt_cast_to_uint8)                                                             \
    static gt_range_body *const name[] = {[GT_FLOAT32] = name##_to_float32,                                            \
                                          [GT_FLOAT64] = name##_to_float64,                                            \
                                          [GT_INT32] = name##_to_int32,                                                \
                                          [GT_UINT8] = name##_to_uint8};

CASTS(from_float32, float)
CASTS(from_float64, double)
CASTS(from_int32, int32_t)
CASTS(from_uint8, uint8_t)

static gt_status forward(const gt_call *call)
{
    static gt_range_body *const *const casts[] = {
        [GT_FLOAT32] = from_float32, [GT_FLOAT64] = from_float64, [GT_INT32] = from_int32, [GT_UINT8] = from_uint8};
    gt_parallel(gt_operand_size(&call->output[0]), GT_ELEMENT_GRAIN,
                casts[call->input[0].spec->dtype][call->output[0].spec->dtype], (void *)call);
    return GT_OK;
}

static gt_status infer(const gt_infer *call)
{
    const int64_t dtype = ((const gt_dtype_attributes *)call->attributes)->dtype;
    if (dtype < GT_FLOAT32 || dtype > GT_UINT8)
        return gt_fail(GT_ERR_DTYPE, "cast: %lld is not a dtype", (long long)dtype);
    call->output[0] = (gt_spec){(gt_dtype)dtype, call->input[0]->shape};
    return gt_shape_check("cast", (gt_dtype)dtype, &call->input[0]->shape); /* a wider dtype may be too much */
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_cast(tape, dy[0], gt_node_input_spec(node, 0)->dtype);
}

static const gt_field fields[] = {GT_INT(gt_dtype_attributes, dtype), {0}};

static const gt_sample samples[] = {
    {.name = "to float64", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_dtype_attributes){GT_FLOAT64}},
    {.name = "to float32", /* too coarse for differences */
     .inputs = {GT_NORMAL(131)},
     .attributes = &(const gt_dtype_attributes){GT_FLOAT32},
     .forward_only = true},
    {.name = "to int32", .inputs = {GT_UNIFORM(-5, 5, 17)}, .attributes = &(const gt_dtype_attributes){GT_INT32}},
    {.name = "to uint8", .inputs = {GT_UNIFORM(-300, 300, 17)}, .attributes = &(const gt_dtype_attributes){GT_UINT8}},
    {.name = "int32 to float64",
     .inputs = {GT_INDEX(-9, 9, 7)},
     .attributes = &(const gt_dtype_attributes){GT_FLOAT64}},
    {.name = "int32 to uint8",
     .inputs = {GT_INDEX(-300, 600, 9)},
     .attributes = &(const gt_dtype_attributes){GT_UINT8}},
    {.name = "uint8 to float32", .inputs = {GT_BYTE(33)}, .attributes = &(const gt_dtype_attributes){GT_FLOAT32}},
    {.name = "uint8 to int32", .inputs = {GT_BYTE(5)}, .attributes = &(const gt_dtype_attributes){GT_INT32}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 2)}, .attributes = &(const gt_dtype_attributes){GT_FLOAT64}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_BYTE(256, 1024)}, .attributes = &(const gt_dtype_attributes){GT_FLOAT32}};

const gt_op gt_op_cast = {
    .name = "cast",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_dtype_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_cast(gt_tape *tape, gt_tensor *x, gt_dtype dtype)
{
    const gt_dtype_attributes attributes = {dtype};
    return gt_apply(tape, &gt_op_cast, &x, 1, &attributes);
}
