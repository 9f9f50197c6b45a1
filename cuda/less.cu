/* less on CUDA; see ops/less.c. */
#include "cuda/compare.h"

GT_CUDA_COMPARISON(less, <)
