/* scatter_add on CUDA; see ops/scatter_add.c. */
#include "cuda/add_rows.h"

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t bytes = gt_operand_size(&call->output[0]) * (int64_t)sizeof(real);
    if (bytes == 0)
        return GT_OK;
    real *y = gt_output<real>(call, 0);
    cudaMemsetAsync(y, 0, (size_t)bytes, gt_cuda_stream(call));
    const gt_status status = gt_cuda_launched(call);
    if (status != GT_OK)
        return status;
    return gt_run_add_rows(call, y, call->output[0].spec->shape.dim[0], &call->input[0], 1);
}

GT_CUDA_REAL_KERNEL(scatter_add, run)
