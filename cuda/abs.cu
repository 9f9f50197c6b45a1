/* abs on CUDA; see ops/abs.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(abs, gt_abs_value)
