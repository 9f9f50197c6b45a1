/* A box inside a dense array: slice, its gradient and pad walk it row by row. */
#ifndef GT_REGION_H
#define GT_REGION_H

#include "core/op.h"

/* Rows of the last axes that are contiguous in the box and in the whole; in the box they lie one behind the other. */
typedef struct gt_region {
    int64_t rows, length;
    int64_t start; /* of the box, in the whole */
    int rank;      /* of the axes around the rows, the innermost first */
    int64_t dim[GT_MAX_RANK], stride[GT_MAX_RANK];
} gt_region;

/* The box begins at `begin` in each axis; it must fit. */
void gt_region_plan(gt_region *region, const gt_shape *whole, const int64_t begin[], const gt_shape *box);

/* Where a row begins in the whole. */
static inline int64_t gt_region_offset(const gt_region *region, int64_t row)
{
    int64_t offset = region->start;
    for (int i = 0; i < region->rank; i++) {
        offset += row % region->dim[i] * region->stride[i];
        row /= region->dim[i];
    }
    return offset;
}

/* The shape rule of slices: output 0 is the box of gt_slice_attributes, checked to lie inside input 0. */
gt_status gt_infer_slice(const gt_infer *call);
extern const gt_field gt_slice_fields[];

#endif
