/* relu_grad on CUDA; see ops/relu_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(relu_grad, gt_relu_grad_value)
