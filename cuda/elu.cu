/* elu on CUDA; see ops/elu.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY_WITH(elu, gt_elu_value, gt_factor_attributes)
