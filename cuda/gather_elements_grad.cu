/* gather_elements_grad on CUDA; see ops/gather_elements_grad.c. */
#include "cuda/indices.h"

/* A thread for each entry of dx: no row is cleared first. */
template <typename real> static __global__ void put_back(const real *dy, gt_indices columns, real *dx, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t column;
        const int64_t row = gt_divide(i, columns.bound, &column);
        dx[i] = columns.at(row) == column ? dy[row] : 0;
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t columns = gt_attributes<gt_columns_attributes>(call).columns;
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return gt_only_check_indices(call, 1, columns);
    const gt_indices indices = gt_indices_of(call, 1, columns);
    if (!indices.key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(put_back<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<real>(call, 0), indices,
              gt_output<real>(call, 0), n);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(gather_elements_grad, run)
