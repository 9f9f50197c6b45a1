/* greater_equal on CUDA; see ops/greater_equal.c. */
#include "cuda/compare.h"

GT_CUDA_COMPARISON(greater_equal, >=)
