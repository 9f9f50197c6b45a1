/* slice: a box cut out of x, in memory of its own; any dtype. Where only the leading axis is cut, gt_slice gives a view
 * instead (slice_rows). */
#include <string.h>

#include "core/elementwise.h"
#include "ops/attributes.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/region.h"

typedef struct cut {
    gt_region region;
    const char *x;
    char *y;
    size_t element;
} cut;

static void rows(void *context, int64_t begin, int64_t end)
{
    const cut *c = context;
    const size_t bytes = (size_t)c->region.length * c->element;
    for (int64_t row = begin; row < end; row++)
        memcpy(c->y + (size_t)row * bytes, c->x + (size_t)gt_region_offset(&c->region, row) * c->element, bytes);
}

static gt_status forward(const gt_call *call)
{
    const gt_slice_attributes *attributes = call->attributes;
    const gt_spec *x = call->input[0].spec;
    cut c = {.x = call->input[0].data, .y = call->output[0].data, .element = gt_dtype_size(x->dtype)};
    gt_region_plan(&c.region, &x->shape, attributes->begin, &attributes->size);
    if (c.region.length > 0)
        gt_parallel(c.region.rows, gt_row_grain(c.region.length), rows, &c);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_slice_attributes *attributes = gt_node_attributes(node);
    dx[0] = gt_slice_grad(tape, dy[0], attributes->begin, &gt_node_input_spec(node, 0)->shape);
}

static const gt_sample samples[] = {
    {.name = "columns",
     .inputs = {GT_NORMAL(3, 5)},
     .attributes = &(const gt_slice_attributes){{0, 1}, GT_DIMENSIONS(3, 3)}},
    {.name = "box",
     .inputs = {GT_NORMAL(3, 4, 5)},
     .attributes = &(const gt_slice_attributes){{1, 0, 2}, GT_DIMENSIONS(2, 3, 2)}},
    {.name = "whole inner axis",
     .inputs = {GT_NORMAL(3, 4, 5)},
     .attributes = &(const gt_slice_attributes){{1, 2, 0}, GT_DIMENSIONS(1, 2, 5)}},
    {.name = "everything",
     .inputs = {GT_NORMAL(2, 3)},
     .attributes = &(const gt_slice_attributes){{0}, GT_DIMENSIONS(2, 3)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_slice_attributes){{0}, {0, {0}}}},
    {.name = "bytes",
     .inputs = {GT_BYTE(4, 5)},
     .attributes = &(const gt_slice_attributes){{1, 2}, GT_DIMENSIONS(2, 3)}},
    {.name = "empty",
     .inputs = {GT_NORMAL(3, 5)},
     .attributes = &(const gt_slice_attributes){{3, 1}, GT_DIMENSIONS(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 1024)},
                                   .attributes = &(const gt_slice_attributes){{0, 256}, GT_DIMENSIONS(256, 512)}};

extern const gt_op gt_op_slice_accumulate, gt_op_slice_rows;

const gt_op gt_op_slice = {
    .name = "slice",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_slice,
    .kernel = forward,
    .vjp = vjp,
    .accumulate = &gt_op_slice_accumulate,
    .attribute_size = sizeof(gt_slice_attributes),
    .fields = gt_slice_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_slice(gt_tape *tape, gt_tensor *x, const int64_t *begin, const int64_t *size)
{
    const gt_shape whole = gt_tensor_shape(x);
    if (whole.rank > 0 && (!begin || !size))
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "slice: %s is NULL", begin ? "size" : "begin");
    gt_slice_attributes attributes = {.size = {.rank = whole.rank}};
    bool leading = whole.rank > 0;
    for (int64_t i = 0; i < whole.rank; i++) {
        /* What lies outside stays as it is, for the shape rule to report. */
        bool to_end = size[i] == -1 && begin[i] >= 0 && begin[i] <= whole.dim[i];
        attributes.begin[i] = begin[i];
        attributes.size.dim[i] = to_end ? whole.dim[i] - begin[i] : size[i];
        leading = leading && (i == 0 || (begin[i] == 0 && attributes.size.dim[i] == whole.dim[i]));
    }
    return gt_apply(tape, leading ? &gt_op_slice_rows : &gt_op_slice, &x, 1, &attributes);
}

gt_tensor *gt_slice_grad(gt_tape *tape, gt_tensor *dy, const int64_t begin[], const gt_shape *whole)
{
    const gt_shape shape = gt_tensor_shape(dy);
    int64_t after[GT_MAX_RANK] = {0};
    for (int64_t i = 0; i < whole->rank; i++)
        after[i] = whole->dim[i] - begin[i] - shape.dim[i];
    return gt_pad(tape, dy, begin, after, 0);
}
