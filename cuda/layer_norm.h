/* What the kernels of layer_norm share: a row's mean, and 1 / sqrt(variance + epsilon), in two passes, for each thread
 * of the team. */
#ifndef GT_CUDA_LAYER_NORM_H
#define GT_CUDA_LAYER_NORM_H

#include "cuda/rows.h"

template <typename real> struct gt_row_moments {
    real mean, inverse;

    __device__ gt_row_moments(const gt_row_team<real> &team, const real *x, int64_t n, double epsilon)
    {
        real sum = 0, squares = 0;
        for (int64_t i = team.lane; i < n; i += team.size)
            sum += x[i];
        mean = team.sum(sum) / (real)n;
        for (int64_t i = team.lane; i < n; i += team.size)
            squares += (x[i] - mean) * (x[i] - mean);
        inverse = (real)(1 / sqrt((double)(team.sum(squares) / (real)n) + epsilon));
    }
};

/* The rows of a tensor's last axis. */
static inline gt_row_plan gt_plan_last_rows(const gt_spec *spec)
{
    return gt_plan_rows(&spec->shape, spec->shape.rank - 1);
}

#endif
