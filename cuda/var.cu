/* var on CUDA; see ops/var.c. The deviations are squared as they are summed. */
#include "cuda/moments.h"

template <typename real> static gt_status run(const gt_call *call)
{
    gt_reduction plan;
    gt_reduction_plan(&plan, &call->input[0].spec->shape, (uint32_t)gt_attributes<gt_reduce_attributes>(call).axes);
    real *mean = gt_workspace<real>(call, plan.outputs);
    return mean ? gt_run_moments(call, &plan, gt_input<real>(call, 0), mean, gt_output<real>(call, 0)) : GT_ERR_MEMORY;
}

GT_CUDA_REAL_KERNEL(var, run)
