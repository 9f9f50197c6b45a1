/* clip on CUDA; see ops/clip.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY_WITH(clip, gt_clip_value, gt_range_attributes)
