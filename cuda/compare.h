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
    template <typename element> struct run {                                                                           \
        static gt_status on(const gt_call *call)                                                                       \
        {                                                                                                              \
            return gt_run_binary_to<element, uint8_t>(call, op##_formula());                                           \
        }                                                                                                              \
    };                                                                                                                 \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        return gt_run_any<run>(call, call->input[0].spec->dtype);                                                      \
    }

#endif
