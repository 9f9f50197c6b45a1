/* cos on CUDA; see ops/cos.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(cos, gt_cos_value)
