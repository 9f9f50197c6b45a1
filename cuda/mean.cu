/* mean on CUDA; see ops/mean.c. */
#include "cuda/reduction.h"

template <typename real> static gt_status run(const gt_call *call)
{
    gt_reduction plan;
    gt_reduction_plan(&plan, &call->input[0].spec->shape, (uint32_t)gt_attributes<gt_reduce_attributes>(call).axes);
    return gt_run_mean(call, &plan, gt_sum_values<real>{gt_input<real>(call, 0)}, gt_output<real>(call, 0));
}

GT_CUDA_REAL_KERNEL(mean, run)
