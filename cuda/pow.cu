/* pow on CUDA; see ops/pow.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(pow, gt_pow_value)
