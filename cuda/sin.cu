/* sin on CUDA; see ops/sin.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(sin, gt_sin_value)
