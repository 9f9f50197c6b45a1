/* minimum on CUDA; see ops/minimum.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(minimum, gt_minimum_value)
