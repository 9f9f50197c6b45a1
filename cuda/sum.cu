/* sum on CUDA; see ops/sum.c. */
#include "cuda/reduction.h"

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t axes = gt_attributes<gt_reduce_attributes>(call).axes;
    gt_reduction plan;
    gt_reduction_plan(&plan, &call->input[0].spec->shape, (uint32_t)axes);
    return gt_run_sum<real>(call, &plan, gt_sum_values<real>{gt_input<real>(call, 0)}, gt_output<real>(call, 0), 1);
}

GT_CUDA_REAL_KERNEL(sum, run)
