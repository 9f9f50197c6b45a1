/* mul_no_nan on CUDA; see ops/mul_no_nan.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(mul_no_nan, gt_mul_no_nan_value)
