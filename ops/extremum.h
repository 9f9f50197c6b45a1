/* Where the greatest or the least elements of a reduction stand: for max, min, argmax and their derivatives. */
#ifndef GT_EXTREMUM_H
#define GT_EXTREMUM_H

#include "core/reduction.h"
#include "ops/reduce.h"

typedef struct gt_extremum {
    gt_reduction plan;
    int64_t *offset; /* for each entry of the result: of its element in x */
} gt_extremum;

/* Finds, behind each entry of the result, x's first NaN, else its first greatest (or least) element, row by row. The
 * offsets are workspace of the call. GT_ERR_MEMORY before anything was written. */
gt_status gt_extremum_find(const gt_call *call, const gt_operand *x, int64_t axes, bool minimum, gt_extremum *found);

/* A kernel: output 0 is what input 0, of the same shape and dtype, has where input i has its extremum. */
gt_status gt_extremum_pick_of(const gt_call *call, int i, int64_t axes, bool minimum);

/* The shape rule of max and min: as gt_infer_reduce, but of nothing there is no greatest. */
gt_status gt_infer_extremum(const gt_infer *call);

/* The attribute table of extremum_grad and extremum_pick. */
extern const gt_field gt_extremum_fields[];

#endif
