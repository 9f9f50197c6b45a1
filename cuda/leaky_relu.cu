/* leaky_relu on CUDA; see ops/leaky_relu.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY_WITH(leaky_relu, gt_leaky_relu_value, gt_factor_attributes)
