/* silu_grad on CUDA; see ops/silu_grad.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(silu_grad, gt_silu_grad_value)
