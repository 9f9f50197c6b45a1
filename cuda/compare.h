/* Comparisons: operands of any dtype, uint8 results; see ops/compare.h. */
#ifndef GT_CUDA_COMPARE_H
#define GT_CUDA_COMPARE_H

#include "cuda/elementwise.h"

/* The op's kernel: y = a comparison b, a and b broadcast to y. */
#define GT_CUDA_COMPARISON(op, comparison)                                                                             \
    struct op##_formula {                                                                                              \
        template <typename element> __device__ uint8_t operator()(element a, element b) const                          \
        {                                                                                                              \
            return a comparison b;                                                                                     \
        }                                                                                                              \
    };                                                                                                                 \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        switch (call->input[0].spec->dtype) {                                                                          \
        case GT_FLOAT32:                                                                                               \
            return gt_run_binary_to<float, uint8_t>(call, op##_formula());                                             \
        case GT_FLOAT64:                                                                                               \
            return gt_run_binary_to<double, uint8_t>(call, op##_formula());                                            \
        case GT_INT32:                                                                                                 \
            return gt_run_binary_to<int32_t, uint8_t>(call, op##_formula());                                           \
        case GT_UINT8:                                                                                                 \
            break;                                                                                                     \
        }                                                                                                              \
        return gt_run_binary_to<uint8_t, uint8_t>(call, op##_formula());                                               \
    }

#endif
