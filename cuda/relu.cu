/* relu on CUDA; see ops/relu.c. */
#include "cuda/elementwise.h"

GT_CUDA_UNARY(relu, gt_relu_value)
