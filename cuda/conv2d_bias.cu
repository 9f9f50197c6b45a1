/* conv2d_bias on CUDA; see ops/conv2d_bias.c, and cuda/conv2d.cu. */
#include "cuda/convolution.h"

GT_CUDA_KERNEL(conv2d_bias)
{
    return gt_run_conv2d(call, false);
}
