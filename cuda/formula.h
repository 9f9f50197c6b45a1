/* The scalar formulas that both devices share (ops/scalar.h), as C++ sees them: name_f32 and name_f64 become one
 * functor name that takes float or double, for kernels that are templates. */
#ifndef GT_CUDA_FORMULA_H
#define GT_CUDA_FORMULA_H

#include "cuda/kernel.h"
#include "ops/scalar.h"

/* formula(x), formula(x, y) or formula(x, y, z), all of one real type. */
#define GT_FORMULA(functor, formula)                                                                                   \
    struct functor {                                                                                                   \
        template <typename... floats> __device__ float operator()(float x, floats... more) const                       \
        {                                                                                                              \
            return formula##_f32(x, more...);                                                                          \
        }                                                                                                              \
        template <typename... doubles> __device__ double operator()(double x, doubles... more) const                   \
        {                                                                                                              \
            return formula##_f64(x, more...);                                                                          \
        }                                                                                                              \
    };

/* The same of a formula whose last argument is the op's attributes, which the functor holds. */
#define GT_FORMULA_WITH(functor, formula, type)                                                                        \
    struct functor {                                                                                                   \
        type attributes;                                                                                               \
        template <typename... floats> __device__ float operator()(float x, floats... more) const                       \
        {                                                                                                              \
            return formula##_f32(x, more..., &attributes);                                                             \
        }                                                                                                              \
        template <typename... doubles> __device__ double operator()(double x, doubles... more) const                   \
        {                                                                                                              \
            return formula##_f64(x, more..., &attributes);                                                             \
        }                                                                                                              \
    };

/* What several kernels use. A zero cotangent gives a zero gradient, whatever the slope: the second factor. */
GT_FORMULA(gt_relu_formula, gt_relu_value)
GT_FORMULA(gt_product_no_nan, gt_mul_no_nan_value)

#endif
