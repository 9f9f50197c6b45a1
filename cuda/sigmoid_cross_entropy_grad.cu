/* sigmoid_cross_entropy_grad on CUDA; see ops/sigmoid_cross_entropy_grad.c. */
#include "cuda/losses.h"

GT_FORMULA(sigmoid_entropy_slope, gt_sigmoid_entropy_slope)
GT_CUDA_LOSS_GRAD(sigmoid_cross_entropy_grad, sigmoid_entropy_slope, gt_loss_entry_count)
