/* scale on CUDA; see ops/scale.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY_WITH(scale, gt_scale_value, gt_factor_attributes)
