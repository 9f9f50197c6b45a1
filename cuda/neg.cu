/* neg on CUDA; see ops/neg.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(neg, gt_neg_value)
