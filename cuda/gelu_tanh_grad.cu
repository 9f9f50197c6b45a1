/* gelu_tanh_grad on CUDA; see ops/gelu_tanh_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(gelu_tanh_grad, gt_gelu_tanh_grad_value)
