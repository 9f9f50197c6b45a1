/* mul_no_nan_grad on CUDA; see ops/mul_no_nan_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(mul_no_nan_grad, gt_mul_no_nan_grad_value)
