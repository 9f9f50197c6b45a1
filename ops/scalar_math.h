/* exp, log, tanh and log(1 + e^-|x|) of one number. Those of float are polynomials without a branch or a call, so that
 * compilers turn loops over them into vector code, CUDA takes them as they are, and results do not depend on the C
 * library. Those of double are the C library's.
 *
 * Arguments are reduced as in Cody and Waite, Software Manual for the Elementary Functions, 1980. The polynomials are
 * fits of this project: least maximum relative error by Lawson's iteratively reweighted least squares, each coefficient
 * rounded to float before the rest is fitted again.
 *
 * Worst errors over all 2^32 floats, against the C library's functions of double, in units in the last place of the
 * true result, as gcc 12 and clang 14 compile them with -ffp-contract=off | with -ffp-contract=fast and FMA:
 *     exp 0.99 | 1.02, log 0.88 | 0.87, tanh 1.34, log(1 + e^-|x|) 1.68, and the sigmoid of ops/scalar.h 2.41.
 * Results below 2^-126 are denormal, down to 2^-149, and as accurate. */
#ifndef GT_SCALAR_MATH_H
#define GT_SCALAR_MATH_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#ifdef __CUDACC__
#define GT_SCALAR_FUNCTION static inline __host__ __device__
#else
#define GT_SCALAR_FUNCTION static inline
#endif

GT_SCALAR_FUNCTION uint32_t gt_float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

GT_SCALAR_FUNCTION float gt_float_of_bits(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* A choice in bits. For ?: between a constant and a result, gcc compiles all that follows once for the constant and
 * once for the result, divisions included, and chooses last. */
GT_SCALAR_FUNCTION float gt_pick(int condition, float yes, float no)
{
    uint32_t mask = 0 - (uint32_t)condition;
    return gt_float_of_bits((gt_float_bits(yes) & mask) | (gt_float_bits(no) & ~mask));
}

/* ln 2 in two parts: the first has 16 bits, so that its product with an exponent is exact. */
#define GT_LN2_HIGH 0.693145752f
#define GT_LN2_LOW  1.42860677e-6f

/* x = n ln 2 + r with |r| <= ln 2 / 2, e^x = 2^n e^r, e^r = 1 + r + r^2 p(r). */
GT_SCALAR_FUNCTION float gt_exp_f32(float x)
{
    const float shift = 12582912; /* 1.5 * 2^23: a sum with it has no fraction, and ends in the integer's bits */
    float shifted = x * 1.44269504f + shift, n = shifted - shift;
    float r = x - n * GT_LN2_HIGH - n * GT_LN2_LOW;
    float p = 0.0013818742f;
    p = p * r + 0.00836872123f;
    p = p * r + 0.0416682921f;
    p = p * r + 0.166665211f;
    p = p * r + 0.49999994f;
    p = 1 + (r + r * r * p);
    /* 2^n as two factors, because n reaches from -150 to 128; only the second product is rounded. */
    uint32_t exponents = gt_float_bits(shifted) - gt_float_bits(shift) + 2 * 127, half = exponents >> 1;
    float y = p * gt_float_of_bits(half << 23) * gt_float_of_bits((exponents - half) << 23);
    y = gt_pick(x > 89, INFINITY, y); /* NaN stays */
    return gt_pick(x < -104, 0, y);
}

/* log(1 + f) + n ln 2, for f from -1/4 to 1/2: log(1 + f) = f - f^2 / 2 + f^3 p(f). */
GT_SCALAR_FUNCTION float gt_log_sum(float f, float n)
{
    float square = f * f;
    float p = -0.0451522693f;
    p = p * f + 0.10472551f;
    p = p * f - 0.131639361f;
    p = p * f + 0.1447763f;
    p = p * f - 0.166468784f;
    p = p * f + 0.19990848f;
    p = p * f - 0.250001103f;
    p = p * f + 0.333334506f;
    p = p * f * square + n * GT_LN2_LOW - 0.5f * square;
    return f + p + n * GT_LN2_HIGH;
}

/* x = 2^n (1 + f). Near 1, n is 0, and nothing cancels. */
GT_SCALAR_FUNCTION float gt_log_f32(float x)
{
    const uint32_t from = 0x3f400000; /* 3/4: the fraction lies from there to 3/2 */
    int denormal = x < 0x1p-126f;
    uint32_t bits = gt_float_bits(gt_pick(denormal, x * 0x1p23f, x)) + (0x3f800000 - from);
    float n = (float)((int32_t)(bits >> 23) - 127) - gt_pick(denormal, 23, 0);
    float y = gt_log_sum(gt_float_of_bits((bits & 0x7fffff) + from) - 1, n);
    y = gt_pick(x < INFINITY, y, x); /* NaN stays */
    return gt_pick(x > 0, y, gt_pick(x == 0, -INFINITY, NAN));
}

/* Up to 0.625 a polynomial, |x| + |x|^3 p(x^2), because 1 - 2 / (e^2|x| + 1) cancels there. The sign, also that of 0,
 * is put back last. */
GT_SCALAR_FUNCTION float gt_tanh_f32(float x)
{
    float a = fabsf(x), square = a * a;
    float p = -0.00569229666f;
    p = p * square + 0.0206281673f;
    p = p * square - 0.0537365153f;
    p = p * square + 0.133314058f;
    p = p * square - 0.333332807f;
    float y = gt_pick(a < 0.625f, a + a * square * p, 1 - 2 / (gt_exp_f32(a + a) + 1));
    return gt_float_of_bits(gt_float_bits(y) | (gt_float_bits(x) & 0x80000000));
}

/* softplus(x) - max(x, 0) = log(1 + e^-|x|), which cannot overflow. 1 + e is at most 2: from 3/2 on it is halved,
 * without rounding, to 1 + (e - 1) / 2. */
GT_SCALAR_FUNCTION float gt_softplus_tail_f32(float x)
{
    float e = gt_exp_f32(-fabsf(x));
    return gt_log_sum(gt_pick(e < 0.5f, e, 0.5f * (e - 1)), gt_pick(e < 0.5f, 0, 1));
}

GT_SCALAR_FUNCTION double gt_exp_f64(double x)
{
    return exp(x);
}

GT_SCALAR_FUNCTION double gt_log_f64(double x)
{
    return log(x);
}

GT_SCALAR_FUNCTION double gt_tanh_f64(double x)
{
    return tanh(x);
}

GT_SCALAR_FUNCTION double gt_softplus_tail_f64(double x)
{
    return log1p(exp(-fabs(x)));
}

#endif
