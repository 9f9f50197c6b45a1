/* exp on CUDA; see ops/exp.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(exp, gt_exp_value)
