/* What copy and stop_gradient share. */
#ifndef GT_CUDA_COPY_H
#define GT_CUDA_COPY_H

#include "cuda/kernel.h"

/* Output 0 becomes input 0, byte by byte. */
static inline gt_status gt_run_copy(const gt_call *call)
{
    const size_t bytes = (size_t)gt_operand_size(&call->input[0]) * gt_dtype_size(call->input[0].spec->dtype);
    if (bytes == 0)
        return GT_OK;
    cudaMemcpyAsync(call->output[0].data, call->input[0].data, bytes, cudaMemcpyDeviceToDevice, gt_cuda_stream(call));
    return gt_cuda_launched(call);
}

#endif
