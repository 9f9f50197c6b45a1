/* tanh on CUDA; see ops/tanh.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(tanh, gt_tanh_value)
