/* binary_crossentropy_grad on CUDA; see ops/binary_crossentropy_grad.c. */
#include "cuda/losses.h"

GT_FORMULA(binary_slope, gt_binary_slope)
GT_CUDA_LOSS_GRAD(binary_crossentropy_grad, binary_slope, gt_loss_entry_count)
