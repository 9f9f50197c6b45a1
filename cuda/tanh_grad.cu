/* tanh_grad on CUDA; see ops/tanh_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(tanh_grad, gt_tanh_grad_value)
