/* min on CUDA; see ops/min.c. */
#include "cuda/extremum.h"

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_pick_extremum<real> pick = {gt_input<real>(call, 0), gt_output<real>(call, 0)};
    return gt_run_extremum<real>(call, 0, gt_attributes<gt_reduce_attributes>(call).axes, true, pick);
}

GT_CUDA_REAL_KERNEL(min, run)
