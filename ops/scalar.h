/* The element-wise formulas, each written once: for float (gt_relu_value_f32) and double (gt_relu_value_f64), for the
 * CPU's kernels and CUDA's. Gradient formulas take the cotangent dy first; where it is 0 they are 0, also where the
 * slope is infinite or NaN. This file includes itself, once for each type. */
#ifndef REAL
#ifndef GT_SCALAR_H
#define GT_SCALAR_H

#include <math.h>
#include <stdint.h>

#include "core/philox.h"
#include "ops/attributes.h"
#include "ops/scalar_math.h"

/* Casts to integers cut off the fraction and saturate; NaN becomes 0. Every dtype's values are doubles exactly. */
GT_SCALAR_FUNCTION int32_t gt_cast_to_int32(double x)
{
    if (x >= INT32_MAX)
        return INT32_MAX;
    if (x <= INT32_MIN)
        return INT32_MIN;
    return x == x ? (int32_t)x : 0;
}

GT_SCALAR_FUNCTION uint8_t gt_cast_to_uint8(double x)
{
    if (x >= UINT8_MAX)
        return UINT8_MAX;
    return x > 0 ? (uint8_t)x : 0; /* NaN is not > 0 */
}

/* dropout: the four words that decide about elements 4 block to 4 block + 3. */
GT_SCALAR_FUNCTION void gt_dropout_words(const gt_dropout_attributes *attributes, int64_t block, uint32_t words[4])
{
    uint64_t key = (uint64_t)attributes->key, counter = (uint64_t)attributes->offset + (uint64_t)block;
    const uint32_t keys[2] = {(uint32_t)key, (uint32_t)(key >> 32)};
    words[0] = (uint32_t)counter;
    words[1] = (uint32_t)(counter >> 32);
    words[2] = words[3] = 0;
    gt_philox_block(words, keys);
}

/* Whether the element of this word stays: the word, scaled to [0, 1), is not below the rate. */
GT_SCALAR_FUNCTION int gt_dropout_keeps(const gt_dropout_attributes *attributes, uint32_t word)
{
    return word * 0x1p-32 >= attributes->rate;
}

/* gelu and its approximation. */
#define GT_INVERSE_SQRT_2PI 0.39894228040143267794
#define GT_GELU_SCALE       0.79788456080286535588 /* sqrt(2 / pi) */
#define GT_GELU_CUBIC       0.044715

#define REAL_FILE "ops/scalar.h"
#include "core/real.h"

#endif
#else

GT_SCALAR_FUNCTION REAL NAMED(gt_neg_value)(REAL x)
{
    return -x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_scale_value)(REAL x, const gt_factor_attributes *attributes)
{
    return x * (REAL)attributes->factor;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_exp_value)(REAL x)
{
    return NAMED(gt_exp)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_log_value)(REAL x)
{
    return NAMED(gt_log)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sqrt_value)(REAL x)
{
    return LIBM(sqrt)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_square_value)(REAL x)
{
    return x * x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_abs_value)(REAL x)
{
    return LIBM(fabs)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sign_value)(REAL x)
{
    return x > 0 ? (REAL)1 : x < 0 ? (REAL)-1 : x; /* 0 and NaN stay */
}

GT_SCALAR_FUNCTION REAL NAMED(gt_tanh_value)(REAL x)
{
    return NAMED(gt_tanh)(x);
}

/* dy (1 - y^2); as a product, which keeps what is left near y = 1. */
GT_SCALAR_FUNCTION REAL NAMED(gt_tanh_grad_value)(REAL dy, REAL y)
{
    return dy == 0 ? 0 : dy * ((1 - y) * (1 + y));
}

/* The exponential is of -|x|, and cannot overflow. The numerator is 1 where x >= 0, else e: a maximum, because e <= 1,
 * and because a branch on the sign of x is mispredicted too often. */
GT_SCALAR_FUNCTION REAL NAMED(gt_sigmoid_value)(REAL x)
{
    REAL e = NAMED(gt_exp)(-LIBM(fabs)(x)), step = x >= 0;
    return (step > e ? step : e) / (1 + e);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sigmoid_grad_value)(REAL dy, REAL y)
{
    return dy == 0 ? 0 : dy * (y * (1 - y));
}

GT_SCALAR_FUNCTION REAL NAMED(gt_relu_value)(REAL x)
{
    return x <= 0 ? 0 : x; /* NaN is not <= 0 */
}

GT_SCALAR_FUNCTION REAL NAMED(gt_relu_grad_value)(REAL dy, REAL y)
{
    return y <= 0 ? 0 : dy;
}

/* An alpha of 0 makes it relu, also of minus infinity. */
GT_SCALAR_FUNCTION REAL NAMED(gt_leaky_relu_value)(REAL x, const gt_factor_attributes *attributes)
{
    REAL alpha = (REAL)attributes->factor;
    return x <= 0 ? (alpha == 0 ? 0 : alpha * x) : x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_leaky_relu_grad_value)(REAL dy, REAL x, const gt_factor_attributes *attributes)
{
    REAL alpha = (REAL)attributes->factor;
    return x <= 0 ? (alpha == 0 ? 0 : alpha * dy) : dy;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_elu_value)(REAL x, const gt_factor_attributes *attributes)
{
    return x > 0 ? x : (REAL)attributes->factor * LIBM(expm1)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_elu_grad_value)(REAL dy, REAL x, const gt_factor_attributes *attributes)
{
    return x <= 0 ? (dy == 0 ? 0 : (REAL)attributes->factor * NAMED(gt_exp)(x) * dy) : dy;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sin_value)(REAL x)
{
    return LIBM(sin)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_cos_value)(REAL x)
{
    return LIBM(cos)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_softplus_value)(REAL x)
{
    return (x <= 0 ? 0 : x) + NAMED(gt_softplus_tail)(x); /* NaN is not <= 0 */
}

/* Within +-`bound`; NaN stays. Where an activation has reached its limit, so that infinity times 0 does not come up. */
GT_SCALAR_FUNCTION REAL NAMED(gt_bounded)(REAL x, REAL bound)
{
    return x < -bound ? -bound : x > bound ? bound : x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_silu_value)(REAL x)
{
    return (x < -800 ? -800 : x) * NAMED(gt_sigmoid_value)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_silu_grad_value)(REAL dy, REAL x)
{
    const REAL z = NAMED(gt_bounded)(x, 800), s = NAMED(gt_sigmoid_value)(z);
    return dy == 0 ? 0 : dy * (s * (1 + z * (1 - s)));
}

/* By erfc, which does not cancel where x is negative. */
GT_SCALAR_FUNCTION REAL NAMED(gt_normal_below)(REAL x)
{
    return LIBM(erfc)(x * (REAL)-0.70710678118654752440) / 2;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_gelu_value)(REAL x)
{
    return (x < -40 ? -40 : x) * NAMED(gt_normal_below)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_gelu_grad_value)(REAL dy, REAL x)
{
    const REAL z = NAMED(gt_bounded)(x, 40), density = NAMED(gt_exp)(-z * z / 2) * (REAL)GT_INVERSE_SQRT_2PI;
    return dy == 0 ? 0 : dy * (NAMED(gt_normal_below)(z) + z * density);
}

/* 1 + tanh(u) is 2 sigmoid(2 u), which does not cancel where u is negative. */
GT_SCALAR_FUNCTION REAL NAMED(gt_gelu_tanh_value)(REAL x)
{
    const REAL z = NAMED(gt_bounded)(x, 40);
    const REAL u = z * ((REAL)GT_GELU_SCALE + (REAL)(GT_GELU_SCALE * GT_GELU_CUBIC) * (z * z));
    return (x < -40 ? -40 : x) * NAMED(gt_sigmoid_value)(2 * u);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_gelu_tanh_grad_value)(REAL dy, REAL x)
{
    const REAL z = NAMED(gt_bounded)(x, 40), scale = (REAL)GT_GELU_SCALE;
    const REAL cubic = (REAL)(GT_GELU_SCALE * GT_GELU_CUBIC) * (z * z);
    const REAL s = NAMED(gt_sigmoid_value)(2 * z * (scale + cubic));
    return dy == 0 ? 0 : dy * (s + 2 * z * (s * (1 - s)) * (scale + 3 * cubic));
}

GT_SCALAR_FUNCTION REAL NAMED(gt_clip_value)(REAL x, const gt_range_attributes *attributes)
{
    REAL low = (REAL)attributes->low, high = (REAL)attributes->high;
    return x < low ? low : x > high ? high : x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_clip_grad_value)(REAL dy, REAL x, const gt_range_attributes *attributes)
{
    REAL low = (REAL)attributes->low, high = (REAL)attributes->high;
    return x < low ? 0 : x > high ? 0 : dy;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sub_value)(REAL a, REAL b)
{
    return a - b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_mul_value)(REAL a, REAL b)
{
    return a * b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_mul_no_nan_value)(REAL a, REAL b)
{
    return b == 0 ? 0 : a * b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_mul_no_nan_grad_value)(REAL dy, REAL b)
{
    return dy == 0 || b == 0 ? 0 : dy * b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_div_value)(REAL a, REAL b)
{
    return a / b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_div_grad_value)(REAL dy, REAL b)
{
    return dy == 0 ? 0 : dy / b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_pow_value)(REAL a, REAL b)
{
    return LIBM(pow)(a, b);
}

/* A NaN on either side fails the first comparison or is returned by it. Without a branch, so that loops vectorise. */
GT_SCALAR_FUNCTION REAL NAMED(gt_maximum_value)(REAL a, REAL b)
{
    return ((a >= b) | (a != a)) ? a : b;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_minimum_value)(REAL a, REAL b)
{
    return ((a <= b) | (a != a)) ? a : b;
}

#endif
