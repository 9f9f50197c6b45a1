/* batch_norm_relu on CUDA; see ops/batch_norm_relu.c. */
#include "cuda/batch_norm.h"

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_batch_norm<real>(call, true);
}

GT_CUDA_REAL_KERNEL(batch_norm_relu, run)
