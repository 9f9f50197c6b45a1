/* div_grad on CUDA; see ops/div_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(div_grad, gt_div_grad_value)
