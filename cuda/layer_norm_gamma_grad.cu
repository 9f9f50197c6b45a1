/* layer_norm_gamma_grad on CUDA; see ops/layer_norm_gamma_grad.c. First the moments of each row, then the sums of each
 * feature: x is read twice and dy once, 12 bytes an entry of float, bound by memory at 279 G entries a second on an
 * H100 (3.35 TB/s). */
#include "cuda/layer_norm.h"
#include "cuda/reduction.h"
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

/* dy (x - mean) / deviation, and 0 where dy is. */
template <typename real> struct normalised_products {
    const real *dy, *x, *moments;
    int64_t length; /* of a row */

    __device__ __forceinline__ real operator()(int64_t offset, int64_t output) const
    {
        (void)output;
        int64_t rest;
        const real *of_row = moments + 2 * gt_divide(offset, length, &rest);
        return times()((x[offset] - of_row[0]) * of_row[1], dy[offset]);
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_last_rows(call->input[1].spec);
    if (rows.length == 0)
        return GT_OK;
    real *moments = gt_workspace<real>(call, 2 * rows.count);
    if (!moments)
        return GT_ERR_MEMORY;
    if (rows.count > 0)
        GT_LAUNCH_ROWS(call, find_moments<real>, rows, gt_input<real>(call, 1),
                       gt_attributes<gt_epsilon_attributes>(call).epsilon, moments);
    const gt_status status = gt_cuda_launched(call);
    if (status != GT_OK)
        return status;
    const normalised_products<real> products = {gt_input<real>(call, 0), gt_input<real>(call, 1), moments, rows.length};
    const gt_shape *shape = &call->input[1].spec->shape;
    gt_reduction over_rows;
    gt_reduction_plan(&over_rows, shape, (UINT32_C(1) << (shape->rank - 1)) - 1);
    return gt_run_sum(call, &over_rows, products, gt_output<real>(call, 0), 1);
}

GT_CUDA_REAL_KERNEL(layer_norm_gamma_grad, run)
