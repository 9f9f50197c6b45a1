/* extremum_grad on CUDA; see ops/extremum_grad.c. No element stands behind two outputs, so none is written twice. */
#include "cuda/extremum.h"

template <typename real> struct put_extremum {
    const real *dy;
    real *dx;
    __device__ __forceinline__ void operator()(int64_t output, int64_t number, int64_t offset) const
    {
        (void)number;
        dx[offset] = dy[output];
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_extremum_attributes &attributes = gt_attributes<gt_extremum_attributes>(call);
    const size_t bytes = (size_t)gt_operand_size(&call->output[0]) * sizeof(real);
    if (bytes == 0)
        return GT_OK;
    const put_extremum<real> put = {gt_input<real>(call, 0), gt_output<real>(call, 0)};
    cudaMemsetAsync(put.dx, 0, bytes, gt_cuda_stream(call));
    const gt_status status = gt_cuda_launched(call);
    return status == GT_OK ? gt_run_extremum<real>(call, 1, attributes.axes, attributes.minimum, put) : status;
}

GT_CUDA_REAL_KERNEL(extremum_grad, run)
