/* less_equal on CUDA; see ops/less_equal.c. */
#include "cuda/compare.h"

GT_CUDA_COMPARISON(less_equal, <=)
