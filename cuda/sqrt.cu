/* sqrt on CUDA; see ops/sqrt.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(sqrt, gt_sqrt_value)
