/* scatter_add on CUDA; see ops/scatter_add.c. */
#include "cuda/add_rows.h"

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t rows = call->output[0].spec->shape.dim[0];
    const size_t bytes = (size_t)gt_operand_size(&call->output[0]) * sizeof(real);
    if (bytes == 0)
        return gt_only_check_indices(call, 1, rows);
    real *y = gt_output<real>(call, 0);
    cudaMemsetAsync(y, 0, bytes, gt_cuda_stream(call));
    const gt_status status = gt_cuda_launched(call);
    return status == GT_OK ? gt_run_add_rows(call, y, rows, &call->input[0], 1) : status;
}

GT_CUDA_REAL_KERNEL(scatter_add, run)
