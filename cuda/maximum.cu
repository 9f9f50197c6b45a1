/* maximum on CUDA; see ops/maximum.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(maximum, gt_maximum_value)
