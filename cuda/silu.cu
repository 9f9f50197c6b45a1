/* silu on CUDA; see ops/silu.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(silu, gt_silu_value)
