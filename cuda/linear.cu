/* linear on CUDA; see ops/linear.c. */
#include "cuda/linear.h"

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_linear<real>(call, gt_identity_formula());
}

GT_CUDA_REAL_KERNEL(linear, run)
