/* conv2d on CUDA; see ops/conv2d.c, and cuda/convolution.h for how and how fast. */
#include "cuda/convolution.h"

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_conv2d<real>(call, false);
}

GT_CUDA_REAL_KERNEL(conv2d, run)
