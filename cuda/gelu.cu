/* gelu on CUDA; see ops/gelu.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(gelu, gt_gelu_value)
