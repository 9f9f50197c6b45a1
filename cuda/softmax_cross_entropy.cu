/* softmax_cross_entropy on CUDA; see ops/softmax_cross_entropy.c. The logits are read three times, from memory once:
 * 8 bytes an entry of float with the labels, 419 G entries a second on an H100 (3.35 TB/s); some 15 operations an
 * entry, of 67 TFLOP/s. */
#include "cuda/class_losses.h"

template <typename real>
static __global__ void terms(gt_row_plan rows, bool long_rows, const real *x, const real *label, real *term)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const int64_t begin = rows.begin(row);
        const real max = gt_row_max(team, x + begin, rows.length, 1);
        const real log_sum = gt_log_formula()(gt_row_exp_sum(team, x + begin, rows.length, 1, max));
        real sum = 0;
        for (int64_t i = begin + team.lane; i < begin + rows.length; i += team.size)
            sum += gt_product_no_nan()(log_sum - (x[i] - max), label[i]);
        sum = team.sum(sum);
        if (team.lane == 0)
            term[row] = sum;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_classes(&call->input[0]);
    real *term = gt_workspace<real>(call, rows.count);
    if (!term)
        return GT_ERR_MEMORY;
    GT_LAUNCH_ROWS(call, terms<real>, rows, gt_input<real>(call, 0), gt_input<real>(call, 1), term);
    const gt_status status = gt_cuda_launched(call);
    return status == GT_OK ? gt_mean_of_terms(call, term, rows.count, rows.count) : status;
}

GT_CUDA_REAL_KERNEL(softmax_cross_entropy, run)
