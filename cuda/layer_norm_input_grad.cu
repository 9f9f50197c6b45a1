/* layer_norm_input_grad on CUDA; see ops/layer_norm_input_grad.c. Two rows in and one out, 12 bytes an entry of float:
 * bound by memory at 279 G entries a second on an H100 (3.35 TB/s). */
#include "cuda/layer_norm.h"
#include "ops/scalar.h"

GT_FORMULA(times, gt_mul_no_nan_value)

/* Rounded by itself: nvcc would make one operation of the product and the difference behind it, and where the shift is
 * the product, as with one feature, they would no longer cancel. */
static __device__ __forceinline__ float rounded_product(float x, float y)
{
    return __fmul_rn(x, y);
}

static __device__ __forceinline__ double rounded_product(double x, double y)
{
    return __dmul_rn(x, y);
}

template <typename real>
static __global__ void differentiate(gt_row_plan rows, bool long_rows, const real *dy, const real *x, const real *gamma,
                                     double epsilon, real *dx)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const int64_t begin = row * rows.length;
        const gt_row_moments<real> moments(team, x + begin, rows.length, epsilon);
        real shift = 0, inner = 0;
        for (int64_t i = team.lane; i < rows.length; i += team.size) {
            const real g = rounded_product(dy[begin + i], gamma[i]);
            shift += g;
            inner += g * (x[begin + i] - moments.mean);
        }
        shift = team.sum(shift) / (real)rows.length;
        inner = team.sum(inner) / (real)rows.length;
        const real fall = times()(moments.inverse, times()(moments.inverse, inner));
        for (int64_t i = team.lane; i < rows.length; i += team.size) {
            const real along_x = times()(x[begin + i] - moments.mean, fall);
            dx[begin + i] = times()(moments.inverse, (rounded_product(dy[begin + i], gamma[i]) - shift) - along_x);
        }
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_last_rows(call->input[1].spec);
    if (rows.count * rows.length == 0)
        return GT_OK;
    GT_LAUNCH_ROWS(call, differentiate<real>, rows, gt_input<real>(call, 0), gt_input<real>(call, 1),
                   gt_input<real>(call, 2), gt_attributes<gt_epsilon_attributes>(call).epsilon,
                   gt_output<real>(call, 0));
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(layer_norm_input_grad, run)
