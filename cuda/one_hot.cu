/* one_hot on CUDA; see ops/one_hot.c. */
#include "cuda/indices.h"

template <typename real> static __global__ void mark(gt_indices indices, real *y, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t column;
        y[i] = indices.at(gt_divide(i, indices.bound, &column)) == column;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]), depth = gt_attributes<gt_one_hot_attributes>(call).depth;
    if (n == 0)
        return gt_only_check_indices(call, 0, depth);
    const gt_indices indices = gt_indices_of(call, 0, depth);
    if (!indices.key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(mark<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), indices, gt_output<real>(call, 0), n);
    return gt_cuda_launched(call);
}

GT_CUDA_KERNEL(one_hot)
{
    return call->output[0].spec->dtype == GT_FLOAT32 ? run<float>(call) : run<double>(call);
}
