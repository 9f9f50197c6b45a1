/* sigmoid_grad on CUDA; see ops/sigmoid_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(sigmoid_grad, gt_sigmoid_grad_value)
