/* Sums over any axes: in blocks fixed by the shape, pairwise over the blocks, so that rounding grows with log n and the
 * bits do not depend on the number of threads. */
#ifndef GT_REDUCTION_H
#define GT_REDUCTION_H

#include "core/op.h"

/* A tensor's axes, parted into those kept and those reduced; neighbours of a kind are joined where they can be. */
typedef struct gt_reduction {
    int kept, reduced;
    int64_t kept_dim[GT_MAX_RANK], kept_stride[GT_MAX_RANK];
    int64_t reduced_dim[GT_MAX_RANK], reduced_stride[GT_MAX_RANK];
    int64_t outputs; /* product of the kept axes */
    int64_t count;   /* of the reduced ones: elements behind each output */
} gt_reduction;

/* The axes of x that `shape`, aligned from the last, has not or has as 1. */
static inline uint32_t gt_stretched_axes(const gt_shape *x, const gt_shape *shape)
{
    uint32_t axes = 0;
    for (int64_t i = 1; i <= x->rank; i++) {
        int64_t wanted = i <= shape->rank ? shape->dim[shape->rank - i] : 1;
        if (i > shape->rank || (wanted == 1 && x->dim[x->rank - i] != 1))
            axes |= UINT32_C(1) << (x->rank - i);
    }
    return axes;
}

/* Reduces the axes whose bit is set. */
void gt_reduction_plan(gt_reduction *plan, const gt_shape *shape, uint32_t axes);
/* Where output `i` begins, and the offset of reduced element `j` from there. */
int64_t gt_reduction_output(const gt_reduction *plan, int64_t i);
int64_t gt_reduction_element(const gt_reduction *plan, int64_t j);

/* y[i] = scale * the sum of x over the reduced axes, x and y of this dtype, float32 or float64. On all threads. */
void gt_reduce_sum(const gt_reduction *plan, gt_dtype dtype, const void *x, void *y, double scale);

#endif
