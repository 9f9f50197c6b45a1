/* to_indices on CUDA; see ops/to_indices.c. 8 bytes an entry of float, bound by memory. */
#include "cuda/kernel.h"

template <typename real>
static __global__ void count(const real *x, int32_t *y, double bound, unsigned long long *key, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        const double value = (double)x[i];
        const bool fits = value >= 0 && value < bound && value == (double)(int32_t)value;
        y[i] = fits ? (int32_t)value : 0;
        if (!fits)
            gt_report_value(key, i, gt_number_bits((float)x[i]));
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->input[0]), bound = gt_attributes<gt_bound_attributes>(call).bound;
    if (n == 0)
        return GT_OK;
    unsigned long long *key = gt_cuda_value_key(call, GT_BAD_NUMBER, bound);
    if (!key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(count<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<real>(call, 0),
              gt_output<int32_t>(call, 0), (double)bound, key, n);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(to_indices, run)
