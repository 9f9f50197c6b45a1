/* gelu_tanh on CUDA; see ops/gelu_tanh.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(gelu_tanh, gt_gelu_tanh_value)
