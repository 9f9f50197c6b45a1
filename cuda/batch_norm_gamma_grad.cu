/* batch_norm_gamma_grad on CUDA; see ops/batch_norm_gamma_grad.c. */
#include "cuda/batch_norm.h"

enum { DY, X, MEAN, VARIANCE };

/* dy (x - mean), and 0 where dy is. */
template <typename real> struct centred_products {
    const real *dy, *x, *mean;
    __device__ __forceinline__ real operator()(int64_t offset, int64_t output) const
    {
        return gt_product_no_nan()(x[offset] - mean[output], dy[offset]);
    }
};

template <typename real>
static __global__ void scale_by_inverses(const real *variance, real *sum, int64_t channels, double epsilon)
{
    for (int64_t k = gt_thread(); k < channels; k += gt_threads())
        sum[k] = gt_product_no_nan()(gt_inverse_deviation(variance[k], epsilon), sum[k]);
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_reduction axes = gt_reduce_rows(&call->input[X]);
    if (axes.outputs == 0)
        return GT_OK;
    const centred_products<real> products = {gt_input<real>(call, DY), gt_input<real>(call, X),
                                             gt_input<real>(call, MEAN)};
    real *sum = gt_output<real>(call, 0);
    const gt_status status = gt_run_sum(call, &axes, products, sum, 1);
    if (status != GT_OK)
        return status;
    GT_LAUNCH(scale_by_inverses<real>, gt_blocks(axes.outputs), GT_THREADS, 0, gt_cuda_stream(call),
              gt_input<real>(call, VARIANCE), sum, axes.outputs, gt_attributes<gt_epsilon_attributes>(call).epsilon);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(batch_norm_gamma_grad, run)
