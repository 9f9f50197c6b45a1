/* layer_norm on CUDA; see ops/layer_norm.c. A row is read three times, but from memory once: 8 bytes an entry of float,
 * bound by memory at 419 G entries a second on an H100 (3.35 TB/s). */
#include "cuda/layer_norm.h"

template <typename real>
static __global__ void normalise(gt_row_plan rows, bool long_rows, const real *x, const real *gamma, const real *beta,
                                 double epsilon, real *y)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const int64_t begin = row * rows.length;
        const gt_row_moments<real> moments(team, x + begin, rows.length, epsilon);
        for (int64_t i = team.lane; i < rows.length; i += team.size)
            y[begin + i] = (x[begin + i] - moments.mean) * moments.inverse * gamma[i] + beta[i];
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_last_rows(call->input[0].spec);
    if (rows.count * rows.length == 0)
        return GT_OK;
    GT_LAUNCH_ROWS(call, normalise<real>, rows, gt_input<real>(call, 0), gt_input<real>(call, 1),
                   gt_input<real>(call, 2), gt_attributes<gt_epsilon_attributes>(call).epsilon,
                   gt_output<real>(call, 0));
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(layer_norm, run)
