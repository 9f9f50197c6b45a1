/* sum_to on CUDA; see core/sum_to.c. */
#include "cuda/reduction.h"

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_shape *shape = &call->input[0].spec->shape;
    gt_reduction plan;
    gt_reduction_plan(&plan, shape, gt_stretched_axes(shape, &call->output[0].spec->shape));
    return gt_run_sum<real>(call, &plan, gt_sum_values<real>{gt_input<real>(call, 0)}, gt_output<real>(call, 0), 1);
}

GT_CUDA_REAL_KERNEL(sum_to, run)
