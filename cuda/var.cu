/* var on CUDA; see ops/var.c. The deviations are squared as they are summed: x is read twice. */
#include "cuda/reduction.h"

template <typename real> struct squared_deviations {
    const real *x, *mean;
    __device__ __forceinline__ real operator()(int64_t offset, int64_t output) const
    {
        const real deviation = x[offset] - mean[output];
        return deviation * deviation;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    gt_reduction plan;
    gt_reduction_plan(&plan, &call->input[0].spec->shape, (uint32_t)gt_attributes<gt_reduce_attributes>(call).axes);
    const real *x = gt_input<real>(call, 0);
    real *mean = gt_workspace<real>(call, plan.outputs);
    if (!mean)
        return GT_ERR_MEMORY;
    const gt_status status = gt_run_mean(call, &plan, gt_sum_values<real>{x}, mean);
    if (status != GT_OK)
        return status;
    return gt_run_mean(call, &plan, squared_deviations<real>{x, mean}, gt_output<real>(call, 0));
}

GT_CUDA_REAL_KERNEL(var, run)
