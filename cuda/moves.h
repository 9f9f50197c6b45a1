/* What the ops that move elements, of any dtype, share. They read and write each element once: 8 bytes for a float, at
 * most 419 G of them a second on an H100 (3.35 TB/s). */
#ifndef GT_CUDA_MOVES_H
#define GT_CUDA_MOVES_H

#include "cuda/kernel.h"

/* The op's kernel: run<element> with an unsigned type of the size of output 0's elements; no bit changes on the way. */
#define GT_CUDA_MOVE_KERNEL(op, run)                                                                                   \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        switch (gt_dtype_size(call->output[0].spec->dtype)) {                                                          \
        case 1:                                                                                                        \
            return run<uint8_t>(call);                                                                                 \
        case 4:                                                                                                        \
            return run<uint32_t>(call);                                                                                \
        default:                                                                                                       \
            return run<uint64_t>(call);                                                                                \
        }                                                                                                              \
    }

/* A box in a dense array: where its element i lies in the whole. */
struct gt_box {
    int rank;
    int64_t start, dim[GT_MAX_RANK], stride[GT_MAX_RANK];

    __device__ __forceinline__ int64_t offset(int64_t i) const
    {
        int64_t offset = start;
        for (int axis = rank - 1; axis >= 0; axis--) {
            int64_t index;
            i = gt_divide(i, dim[axis], &index);
            offset += index * stride[axis];
        }
        return offset;
    }
};

static inline gt_box gt_plan_box(const gt_shape *whole, const int64_t begin[], const gt_shape *box)
{
    gt_box plan = {};
    plan.rank = (int)whole->rank;
    int64_t stride = 1;
    for (int axis = plan.rank - 1; axis >= 0; axis--) {
        plan.dim[axis] = box->dim[axis];
        plan.stride[axis] = stride;
        plan.start += begin[axis] * stride;
        stride *= whole->dim[axis];
    }
    return plan;
}

/* Elements of a row: of all axes behind the first `axes`. */
static inline int64_t gt_row_width(const gt_shape *shape, int64_t axes)
{
    int64_t width = 1;
    for (int64_t i = axes; i < shape->rank; i++)
        width *= shape->dim[i];
    return width;
}

#endif
