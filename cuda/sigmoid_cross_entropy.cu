/* sigmoid_cross_entropy on CUDA; see ops/sigmoid_cross_entropy.c. */
#include "cuda/losses.h"

GT_FORMULA(sigmoid_entropy, gt_sigmoid_entropy_value)
GT_CUDA_LOSS(sigmoid_cross_entropy, sigmoid_entropy, gt_loss_entry_count)
