/* log_softmax on CUDA; see ops/log_softmax.c. As softmax, 8 bytes an entry of float: 419 G entries a second on an H100
 * (3.35 TB/s); some 15 operations an entry, of 67 TFLOP/s. */
#include "cuda/rows.h"

template <typename real>
static __global__ void log_softmax_rows(gt_row_plan rows, bool long_rows, const real *x, real *y)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const int64_t begin = rows.begin(row);
        const real max = gt_row_max(team, x + begin, rows.length, rows.step);
        const real log_sum = gt_log_formula()(gt_row_exp_sum(team, x + begin, rows.length, rows.step, max));
        for (int64_t i = team.lane; i < rows.length; i += team.size) {
            const int64_t at = begin + i * rows.step;
            y[at] = (x[at] - max) - log_sum;
        }
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_rows(&call->input[0].spec->shape, gt_attributes<gt_axis_attributes>(call).axis);
    if (rows.count * rows.length == 0)
        return GT_OK;
    GT_LAUNCH_ROWS(call, log_softmax_rows<real>, rows, gt_input<real>(call, 0), gt_output<real>(call, 0));
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(log_softmax, run)
