/* leaky_relu_grad on CUDA; see ops/leaky_relu_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY_WITH(leaky_relu_grad, gt_leaky_relu_grad_value, gt_factor_attributes)
