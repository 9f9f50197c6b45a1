/* mul on CUDA; see ops/mul.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(mul, gt_mul_value)
