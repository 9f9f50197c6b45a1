/* equal on CUDA; see ops/equal.c. */
#include "cuda/compare.h"

GT_CUDA_COMPARISON(equal, ==)
