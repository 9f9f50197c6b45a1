/* clip_grad on CUDA; see ops/clip_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY_WITH(clip_grad, gt_clip_grad_value, gt_range_attributes)
