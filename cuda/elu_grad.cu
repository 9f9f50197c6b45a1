/* elu_grad on CUDA; see ops/elu_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY_WITH(elu_grad, gt_elu_grad_value, gt_factor_attributes)
