/* gelu_grad on CUDA; see ops/gelu_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(gelu_grad, gt_gelu_grad_value)
