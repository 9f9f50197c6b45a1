/* not_equal on CUDA; see ops/not_equal.c. */
#include "cuda/compare.h"

GT_CUDA_COMPARISON(not_equal, !=)
