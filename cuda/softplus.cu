/* softplus on CUDA; see ops/softplus.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(softplus, gt_softplus_value)
