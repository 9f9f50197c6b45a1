/* sigmoid on CUDA; see ops/sigmoid.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(sigmoid, gt_sigmoid_value)
