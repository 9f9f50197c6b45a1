/* layer_norm_gamma_grad on CUDA; see ops/layer_norm_gamma_grad.c. First the moments of each row, then the sums of each
 * feature, by a thread each: x and dy are read along cache lines, 12 bytes an entry of float, bound by memory at 279 G
 * entries a second on an H100 (3.35 TB/s) where there are features enough to fill it. */
#include "cuda/layer_norm.h"
#include "ops/scalar.h"

GT_FORMULA(times, gt_mul_no_nan_value)

template <typename real>
static __global__ void find_moments(gt_row_plan rows, bool long_rows, const real *x, double epsilon, real *moments)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const gt_row_moments<real> of_row(team, x + row * rows.length, rows.length, epsilon);
        if (team.lane == 0) {
            moments[2 * row] = of_row.mean;
            moments[2 * row + 1] = of_row.inverse;
        }
    }
}

template <typename real>
static __global__ void sum_features(gt_row_plan rows, const real *dy, const real *x, const real *moments, real *dgamma)
{
    for (int64_t i = gt_thread(); i < rows.length; i += gt_threads()) {
        real sum = 0;
        for (int64_t row = 0; row < rows.count; row++) {
            const int64_t at = row * rows.length + i;
            sum += times()((x[at] - moments[2 * row]) * moments[2 * row + 1], dy[at]);
        }
        dgamma[i] = sum;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_last_rows(call->input[1].spec);
    if (rows.length == 0)
        return GT_OK;
    real *moments = gt_workspace<real>(call, 2 * rows.count);
    if (!moments)
        return GT_ERR_DEVICE;
    if (rows.count > 0)
        GT_LAUNCH_ROWS(call, find_moments<real>, rows, gt_input<real>(call, 1),
                       gt_attributes<gt_epsilon_attributes>(call).epsilon, moments);
    GT_LAUNCH(sum_features<real>, gt_blocks(rows.length), GT_THREADS, 0, gt_cuda_stream(call), rows,
              gt_input<real>(call, 0), gt_input<real>(call, 1), moments, gt_output<real>(call, 0));
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(layer_norm_gamma_grad, run)
