/* greater on CUDA; see ops/greater.c. */
#include "cuda/compare.h"

GT_CUDA_COMPARISON(greater, >)
