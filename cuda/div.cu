/* div on CUDA; see ops/div.c. */
#include "cuda/elementwise.h"

GT_CUDA_BINARY(div, gt_div_value)
