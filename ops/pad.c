/* pad: x surrounded by a value; any dtype that can hold it. The reverse of slice, and so its gradient. */
#include <string.h>

#include "core/elementwise.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "ops/region.h"

#define LONGEST (INT64_MAX / 4) /* so that three lengths add up */

static gt_status check_value(gt_dtype dtype, double value)
{
    if (gt_dtype_holds(dtype, value))
        return GT_OK;
    return gt_fail(GT_ERR_VALUE, "pad: %g is no %s", value, gt_dtype_name(dtype));
}

static gt_status infer(const gt_infer *call)
{
    const gt_pad_attributes *attributes = call->attributes;
    const gt_spec *x = call->input[0];
    gt_spec *y = &call->output[0];
    *y = *x;
    for (int64_t i = 0; i < x->shape.rank; i++) {
        int64_t before = attributes->before[i], after = attributes->after[i];
        if (before < 0 || after < 0 || before > LONGEST || after > LONGEST)
            return gt_fail(GT_ERR_ARGUMENT, "pad: %lld entries before and %lld behind axis %lld of %s",
                           (long long)before, (long long)after, (long long)i, gt_shape_text(&x->shape).text);
        y->shape.dim[i] += before + after;
    }
    gt_status status = gt_shape_check("pad", x->dtype, &y->shape);
    return status == GT_OK ? check_value(x->dtype, attributes->value) : status;
}

typedef struct frame {
    gt_region region;
    const char *x;
    char *y;
    size_t element;
    char value[8]; /* one element */
} frame;

/* Inlined with `element` a constant, so that memcpy is one move. */
static inline void fill_elements(size_t element, const char *value, char *y, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(y + (size_t)i * element, value, element);
}

static void fill(void *context, int64_t begin, int64_t end)
{
    const frame *f = context;
    char *y = f->y + (size_t)begin * f->element;
    if (f->element == 4)
        fill_elements(4, f->value, y, end - begin);
    else if (f->element == 8)
        fill_elements(8, f->value, y, end - begin);
    else
        fill_elements(1, f->value, y, end - begin);
}

static void rows(void *context, int64_t begin, int64_t end)
{
    const frame *f = context;
    const size_t bytes = (size_t)f->region.length * f->element;
    for (int64_t row = begin; row < end; row++)
        memcpy(f->y + (size_t)gt_region_offset(&f->region, row) * f->element, f->x + (size_t)row * bytes, bytes);
}

static void encode(gt_dtype dtype, double value, char element[8])
{
    const float f32 = (float)value;
    const int32_t i32 = dtype == GT_INT32 ? (int32_t)value : 0;
    const uint8_t u8 = dtype == GT_UINT8 ? (uint8_t)value : 0;
    const void *from = dtype == GT_FLOAT32   ? (const void *)&f32
                       : dtype == GT_FLOAT64 ? (const void *)&value
                       : dtype == GT_INT32   ? (const void *)&i32
                                             : (const void *)&u8;
    memcpy(element, from, gt_dtype_size(dtype));
}

static gt_status forward(const gt_call *call)
{
    const gt_pad_attributes *attributes = call->attributes;
    const gt_spec *x = call->input[0].spec, *y = call->output[0].spec;
    frame f = {.x = call->input[0].data, .y = call->output[0].data, .element = gt_dtype_size(x->dtype)};
    encode(x->dtype, attributes->value, f.value);
    gt_region_plan(&f.region, &y->shape, attributes->before, &x->shape);
    gt_parallel(gt_shape_size(&y->shape), GT_ELEMENT_GRAIN, fill, &f);
    if (gt_shape_size(&x->shape) > 0)
        gt_parallel(f.region.rows, gt_row_grain(f.region.length), rows, &f);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_pad_attributes *attributes = gt_node_attributes(node);
    dx[0] = gt_slice(tape, dy[0], attributes->before, gt_node_input_spec(node, 0)->shape.dim);
}

static const gt_field fields[] = {
    GT_INT(gt_pad_attributes, before),
    GT_INT(gt_pad_attributes, after),
    GT_REAL(gt_pad_attributes, value),
    {0},
};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(2, 3)}, .attributes = &(const gt_pad_attributes){{1, 2}, {0, 1}, 0.5}},
    {.name = "rows only", .inputs = {GT_NORMAL(2, 3)}, .attributes = &(const gt_pad_attributes){{1}, {2}, 0}},
    {.name = "images",
     .inputs = {GT_NORMAL(2, 3, 3, 2)},
     .attributes = &(const gt_pad_attributes){{0, 2, 2}, {0, 2, 2}, 0}},
    {.name = "nothing added", .inputs = {GT_NORMAL(3)}, .attributes = &(const gt_pad_attributes){{0}, {0}, 1}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_pad_attributes){{0}, {0}, 0}},
    {.name = "integers", .inputs = {GT_INDEX(-9, 9, 3)}, .attributes = &(const gt_pad_attributes){{1}, {2}, -7}},
    {.name = "bytes", .inputs = {GT_BYTE(2, 2)}, .attributes = &(const gt_pad_attributes){{1, 1}, {0, 2}, 255}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 2)}, .attributes = &(const gt_pad_attributes){{1, 1}, {1, 0}, 3}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(64, 24, 24, 32)},
                                   .attributes = &(const gt_pad_attributes){{0, 1, 1}, {0, 1, 1}, 0}};

const gt_op gt_op_pad = {
    .name = "pad",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_pad_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_pad(gt_tape *tape, gt_tensor *x, const int64_t *before, const int64_t *after, double value)
{
    const int rank = gt_tensor_rank(x);
    if (rank > 0 && (!before || !after))
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "pad: %s is NULL", before ? "after" : "before");
    gt_pad_attributes attributes = {.value = value};
    for (int i = 0; i < rank; i++) {
        attributes.before[i] = before[i];
        attributes.after[i] = after[i];
    }
    return gt_apply(tape, &gt_op_pad, &x, 1, &attributes);
}

gt_tensor *gt_zero_pad(gt_tape *tape, gt_tensor *x, int64_t pad)
{
    const gt_shape shape = gt_tensor_shape(x);
    if (x && shape.rank != 4)
        return gt_tape_fail(tape, GT_ERR_SHAPE,
                            "zero_pad: images (batch, height, width, channels) are expected, not %s",
                            gt_shape_text(&shape).text);
    const int64_t around[GT_MAX_RANK] = {0, pad, pad, 0};
    return gt_pad(tape, x, around, around, 0);
}
