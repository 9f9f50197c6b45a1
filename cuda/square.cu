/* square on CUDA; see ops/square.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(square, gt_square_value)
