/* slice_accumulate: dx[box] += dy, in place: the gradient of slice and slice_rows where it meets others, so that T
 * slices cost T and not T squared. Inputs (dx, dy). */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/attributes.h"
#include "ops/region.h"

static gt_status infer(const gt_infer *call)
{
    const gt_shape *dy = &call->input[1]->shape;
    gt_spec box;
    const gt_infer slice = {call->op, call->attributes, 1, call->input, &box};
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK)
        status = gt_infer_slice(&slice);
    if (status == GT_OK && !gt_shape_equal(&box.shape, dy))
        return gt_fail(GT_ERR_SHAPE, "slice_accumulate: dy is %s, but the slice %s", gt_shape_text(dy).text,
                       gt_shape_text(&box.shape).text);
    return status;
}

typedef struct addition {
    gt_region region;
    const gt_call *call;
} addition;

#define KERNEL_FILE "ops/slice_accumulate.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    const gt_slice_attributes *attributes = call->attributes;
    addition a = {.call = call};
    gt_region_plan(&a.region, &call->input[0].spec->shape, attributes->begin, &attributes->size);
    if (a.region.length > 0)
        gt_parallel(a.region.rows, gt_row_grain(a.region.length), GT_PICK(rows, call->input[0].spec->dtype), &a);
    return GT_OK;
}

static const gt_sample samples[] = {
    {.name = "rows",
     .inputs = {GT_NORMAL(5, 3), GT_NORMAL(2, 3)},
     .attributes = &(const gt_slice_attributes){{1}, GT_DIMENSIONS(2, 3)}},
    {.name = "box",
     .inputs = {GT_NORMAL(3, 4, 5), GT_NORMAL(2, 3, 2)},
     .attributes = &(const gt_slice_attributes){{1, 0, 2}, GT_DIMENSIONS(2, 3, 2)}},
    {.name = "empty",
     .inputs = {GT_NORMAL(5, 3), GT_NORMAL(0, 3)},
     .attributes = &(const gt_slice_attributes){{5}, GT_DIMENSIONS(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 512)},
                                   .attributes = &(const gt_slice_attributes){{0, 256}, GT_DIMENSIONS(256, 512)}};

const gt_op gt_op_slice_accumulate = {
    .name = "slice_accumulate",
    .inputs = 2,
    .outputs = 0,
    .infer = infer,
    .kernel = forward,
    .writes = GT_INPUT(0),
    .attribute_size = sizeof(gt_slice_attributes),
    .fields = gt_slice_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

#else

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const addition *a = context;
    const REAL *dy = (const REAL *)a->call->input[1].data + begin * a->region.length;
    for (int64_t row = begin; row < end; row++, dy += a->region.length) {
        REAL *dx = (REAL *)a->call->input[0].data + gt_region_offset(&a->region, row);
        for (int64_t i = 0; i < a->region.length; i++)
            dx[i] += dy[i];
    }
}

#endif
