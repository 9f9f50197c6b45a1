/* sub on CUDA; see ops/sub.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(sub, gt_sub_value)
