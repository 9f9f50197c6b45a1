/* sparse_softmax_cross_entropy on CUDA; see ops/sparse_softmax_cross_entropy.c. The logits are read twice, from memory
 * once: 4 bytes an entry of float, 838 G entries a second on an H100 (3.35 TB/s); some 12 operations an entry, of
 * 67 TFLOP/s. */
#include "cuda/class_losses.h"

template <typename real>
static __global__ void terms(gt_row_plan rows, bool long_rows, const real *x, gt_indices labels, real *term)
{
    __shared__ real shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, shared);
    for (int64_t row = team.row; row < rows.count; row += team.rows) {
        const real *logits = x + rows.begin(row);
        const real max = gt_row_max(team, logits, rows.length, 1);
        const real log_sum = gt_log_formula()(gt_row_exp_sum(team, logits, rows.length, 1, max));
        const int64_t label = labels.at(row);
        if (team.lane == 0)
            term[row] = label < 0 ? 0 : log_sum - (logits[label] - max);
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_row_plan rows = gt_plan_classes(&call->input[0]);
    const gt_indices labels = gt_class_numbers_of(call, 1, &call->input[0]);
    real *term = labels.key ? gt_workspace<real>(call, rows.count) : nullptr;
    if (!term)
        return labels.key ? GT_ERR_MEMORY : GT_ERR_DEVICE;
    GT_LAUNCH_ROWS(call, terms<real>, rows, gt_input<real>(call, 0), labels, term);
    const gt_status status = gt_cuda_launched(call);
    return status == GT_OK ? gt_mean_of_terms(call, term, rows.count, rows.count) : status;
}

GT_CUDA_REAL_KERNEL(sparse_softmax_cross_entropy, run)
