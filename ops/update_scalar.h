/* The formulas of optimizer steps for one element, each written once: for float and double, for the CPU's kernels and
 * CUDA's. State is updated through pointers; the result is the new weight. This file includes itself, once for each
 * type. */
#ifndef REAL
#ifndef GT_UPDATE_SCALAR_H
#define GT_UPDATE_SCALAR_H

#include "ops/scalar.h"

#define REAL_FILE "ops/update_scalar.h"
#include "core/real.h"

#endif
#else

/* State decays towards 0 where gradients stay away, as behind a dead ReLU. With denormal numbers processors calculate a
 * hundred times slower, so it is set to 0 before: a mean square when it becomes denormal itself; a mean or a velocity
 * when its product with a learning rate would be, far too small to move a weight. */
GT_SCALAR_FUNCTION REAL NAMED(gt_square_or_zero)(REAL x)
{
    return x < (REAL)(REAL_BYTES == 4 ? 0x1p-126 : 0x1p-1022) ? 0 : x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_mean_or_zero)(REAL x)
{
    return LIBM(fabs)(x) < (REAL)(REAL_BYTES == 4 ? 0x1p-100 : 0x1p-996) ? 0 : x;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sgd_step)(REAL weight, REAL gradient, const gt_sgd_attributes *attributes)
{
    return weight - (REAL)attributes->learning_rate * gradient;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_sgd_momentum_step)(REAL weight, REAL *velocity, REAL gradient,
                                                    const gt_sgd_momentum_attributes *attributes)
{
    REAL momentum = (REAL)attributes->momentum, step = (REAL)attributes->learning_rate * gradient;
    *velocity = NAMED(gt_mean_or_zero)(momentum * *velocity - step);
    return weight + (attributes->nesterov ? momentum * *velocity - step : *velocity);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_rmsprop_step)(REAL weight, REAL *mean_square, REAL gradient,
                                               const gt_rmsprop_attributes *attributes)
{
    REAL beta = (REAL)attributes->beta, rest = (REAL)(1 - attributes->beta);
    *mean_square = NAMED(gt_square_or_zero)(beta * *mean_square + rest * gradient * gradient);
    return weight - (REAL)attributes->learning_rate * gradient / (LIBM(sqrt)(*mean_square) + (REAL)attributes->epsilon);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_adam_step)(REAL weight, REAL *mean, REAL *mean_square, REAL gradient,
                                            const gt_adam_attributes *attributes)
{
    REAL beta1 = (REAL)attributes->beta1, rest1 = (REAL)(1 - attributes->beta1);
    REAL beta2 = (REAL)attributes->beta2, rest2 = (REAL)(1 - attributes->beta2);
    REAL step = (REAL)(attributes->learning_rate / attributes->correction1);
    REAL scale = (REAL)(1 / sqrt(attributes->correction2)); /* of a root: so one division is enough */
    REAL kept = (REAL)(1 - attributes->learning_rate * attributes->weight_decay);
    *mean = NAMED(gt_mean_or_zero)(beta1 * *mean + rest1 * gradient);
    *mean_square = NAMED(gt_square_or_zero)(beta2 * *mean_square + rest2 * gradient * gradient);
    return kept * weight - step * *mean / (LIBM(sqrt)(*mean_square) * scale + (REAL)attributes->epsilon);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_adagrad_step)(REAL weight, REAL *accumulator, REAL gradient,
                                               const gt_adagrad_attributes *attributes)
{
    *accumulator += gradient * gradient;
    return weight - (REAL)attributes->learning_rate * gradient / (LIBM(sqrt)(*accumulator) + (REAL)attributes->epsilon);
}

GT_SCALAR_FUNCTION REAL NAMED(gt_adadelta_step)(REAL weight, REAL *mean_square, REAL *mean_square_step, REAL gradient,
                                                const gt_adadelta_attributes *attributes)
{
    REAL rho = (REAL)attributes->rho, rest = (REAL)(1 - attributes->rho), epsilon = (REAL)attributes->epsilon;
    *mean_square = NAMED(gt_square_or_zero)(rho * *mean_square + rest * gradient * gradient);
    REAL step = LIBM(sqrt)(*mean_square_step + epsilon) / LIBM(sqrt)(*mean_square + epsilon) * gradient;
    *mean_square_step = NAMED(gt_square_or_zero)(rho * *mean_square_step + rest * step * step);
    return weight - (REAL)attributes->learning_rate * step;
}

GT_SCALAR_FUNCTION REAL NAMED(gt_moving_average_step)(REAL average, REAL value,
                                                      const gt_momentum_attributes *attributes)
{
    return (REAL)attributes->momentum * average + (REAL)(1 - attributes->momentum) * value;
}

#endif
