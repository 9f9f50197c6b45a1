/* extremum_pick on CUDA; see ops/extremum_pick.c. */
#include "cuda/extremum.h"

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_extremum_attributes &attributes = gt_attributes<gt_extremum_attributes>(call);
    const gt_pick_extremum<real> pick = {gt_input<real>(call, 0), gt_output<real>(call, 0)};
    return gt_run_extremum<real>(call, 1, attributes.axes, attributes.minimum, pick);
}

GT_CUDA_REAL_KERNEL(extremum_pick, run)
