/* The formulas of losses for one entry, each written once: for float and double, for the CPU's kernels and CUDA's.
 * `value` is what is averaged, `slope` its derivative towards the prediction. This file includes itself, once for each
 * type. */
#ifndef REAL
#ifndef GT_LOSS_SCALAR_H
#define GT_LOSS_SCALAR_H

#include "ops/scalar.h"

/* Probabilities are clipped to [margin, 1 - margin], and have no gradient outside (Keras). */
#define GT_PROBABILITY_MARGIN 1e-7

#define REAL_FILE "ops/loss_scalar.h"
#include "core/real.h"

#endif
#else

GT_SCALAR_FUNCTION REAL NAMED(gt_squared_error_value)(REAL prediction, REAL target)
{
    return (prediction - target) * (prediction - target);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_squared_error_slope)(REAL prediction, REAL target)
{
    return 2 * (prediction - target);
}

/* NaN stays NaN. In double, because 1 - 1e-7 is no float: the nearest one is 1.2e-7 away from 1. */
GT_SCALAR_FUNCTION double NAMED(gt_clip_probability)(REAL p)
{
    const double low = GT_PROBABILITY_MARGIN, high = 1 - GT_PROBABILITY_MARGIN, given = (double)p;
    return given < low ? low : given > high ? high : given;
}

GT_SCALAR_FUNCTION int NAMED(gt_is_clipped)(REAL p)
{
    return (double)p < GT_PROBABILITY_MARGIN || (double)p > 1 - GT_PROBABILITY_MARGIN;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_categorical_value)(REAL p, REAL label)
{
    return (REAL)(-(double)label * log(NAMED(gt_clip_probability)(p)));
}

GT_SCALAR_FUNCTION REAL NAMED(gt_categorical_slope)(REAL p, REAL label)
{
    return NAMED(gt_is_clipped)(p) ? 0 : -label / p;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_binary_value)(REAL p, REAL label)
{
    double kept = NAMED(gt_clip_probability)(p), y = (double)label;
    return (REAL)(-(y * log(kept) + (1 - y) * log1p(-kept)));
}

GT_SCALAR_FUNCTION REAL NAMED(gt_binary_slope)(REAL p, REAL label)
{
    return NAMED(gt_is_clipped)(p) ? 0 : (p - label) / (p * (1 - p));
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sigmoid_entropy_value)(REAL x, REAL label)
{
    return (x > 0 ? x : 0) - x * label + NAMED(gt_softplus_tail)(x);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sigmoid_entropy_slope)(REAL x, REAL label)
{
    return NAMED(gt_sigmoid_value)(x) - label;
}

#endif
