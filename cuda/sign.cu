/* sign on CUDA; see ops/sign.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(sign, gt_sign_value)
