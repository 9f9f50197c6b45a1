/* A box inside a dense array. */
#include "ops/region.h"

#include "ops/attributes.h"

const gt_field gt_slice_fields[] = {GT_INT(gt_slice_attributes, begin), GT_DIMS(gt_slice_attributes, size), {0}};

void gt_region_plan(gt_region *region, const gt_shape *whole, const int64_t begin[], const gt_shape *box)
{
    *region = (gt_region){.rows = 1, .length = 1};
    int64_t step = 1, axis = whole->rank - 1;
    /* Axes taken whole belong to the row, and so does the first one that is cut. */
    for (; axis >= 0 && box->dim[axis] == whole->dim[axis]; axis--)
        step *= whole->dim[axis];
    region->length = step;
    if (axis >= 0) {
        region->length *= box->dim[axis];
        region->start = begin[axis] * step;
        step *= whole->dim[axis];
        axis--;
    }
    for (; axis >= 0; axis--) {
        region->start += begin[axis] * step;
        region->rows *= box->dim[axis];
        region->dim[region->rank] = box->dim[axis];
        region->stride[region->rank++] = step;
        step *= whole->dim[axis];
    }
}

gt_status gt_infer_slice(const gt_infer *call)
{
    const gt_slice_attributes *attributes = call->attributes;
    const gt_shape *x = &call->input[0]->shape, *size = &attributes->size;
    const gt_shape begin = gt_shape_of((int)x->rank, attributes->begin);
    bool fits = size->rank == x->rank;
    for (int64_t i = 0; fits && i < x->rank; i++)
        fits = begin.dim[i] >= 0 && size->dim[i] >= 0 && begin.dim[i] <= x->dim[i] &&
               size->dim[i] <= x->dim[i] - begin.dim[i];
    if (!fits)
        return gt_fail(GT_ERR_SHAPE, "%s: %s entries from %s on do not lie inside %s", call->op->name,
                       gt_shape_text(size).text, gt_shape_text(&begin).text, gt_shape_text(x).text);
    call->output[0] = (gt_spec){call->input[0]->dtype, *size};
    return GT_OK;
}
