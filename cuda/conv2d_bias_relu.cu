/* conv2d_bias_relu on CUDA; see ops/conv2d_bias_relu.c, and cuda/conv2d.cu. */
#include "cuda/convolution.h"

GT_CUDA_KERNEL(conv2d_bias_relu)
{
    return gt_run_conv2d(call, true);
}
