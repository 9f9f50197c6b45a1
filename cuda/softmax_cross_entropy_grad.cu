/* softmax_cross_entropy_grad on CUDA; see ops/softmax_cross_entropy_grad.c. 12 bytes an entry of float: 279 G entries a
 * second on an H100 (3.35 TB/s); some 25 operations an entry, of 67 TFLOP/s. */
#include "cuda/class_losses.h"

template <typename real>
static __global__ void slopes(gt_row_plan rows, bool long_rows, const real *dy, const real *x, const real *label,
                              real *dx, double divisor)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    const real factor = (real)((double)*dy / divisor);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const int64_t begin = rows.begin(row), end = begin + rows.length;
        const real max = gt_row_max(team, x + begin, rows.length, 1);
        const real exp_sum = gt_row_exp_sum(team, x + begin, rows.length, 1, max);
        real label_sum = 0;
        for (int64_t i = begin + team.lane; i < end; i += team.size)
            label_sum += label[i];
        const real ratio = team.sum(label_sum) / exp_sum;
        for (int64_t i = begin + team.lane; i < end; i += team.size)
            dx[i] = gt_product_no_nan()(gt_exp_formula()(x[i] - max) * ratio - label[i], factor);
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_classes(&call->input[1]);
    GT_LAUNCH_ROWS(call, slopes<real>, rows, gt_input<real>(call, 0), gt_input<real>(call, 1), gt_input<real>(call, 2),
                   gt_output<real>(call, 0), (double)rows.count);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(softmax_cross_entropy_grad, run)
