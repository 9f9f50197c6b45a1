/* sparse_categorical_crossentropy_grad on CUDA; see ops/sparse_categorical_crossentropy_grad.c. */
#include "cuda/class_losses.h"

GT_FORMULA(entropy_slope, gt_categorical_slope)

/* A thread for each entry of dp. */
template <typename real>
static __global__ void slopes(const real *dy, const real *p, gt_indices labels, real *dp, int64_t n, double divisor)
{
    const real factor = (real)((double)*dy / divisor);
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t class_number;
        const int64_t row = gt_divide(i, labels.bound, &class_number), label = labels.at(row);
        dp[i] = class_number == label ? gt_product_no_nan()(entropy_slope()(p[i], (real)1), factor) : 0;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    const gt_indices labels = gt_class_numbers_of(call, 2, &call->input[1]);
    if (!labels.key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(slopes<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<real>(call, 0),
              gt_input<real>(call, 1), labels, gt_output<real>(call, 0), n, (double)gt_loss_row_count(&call->input[1]));
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(sparse_categorical_crossentropy_grad, run)
