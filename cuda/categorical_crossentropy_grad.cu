/* categorical_crossentropy_grad on CUDA; see ops/categorical_crossentropy_grad.c. */
#include "cuda/losses.h"

GT_FORMULA(categorical_slope, gt_categorical_slope)
GT_CUDA_LOSS_GRAD(categorical_crossentropy_grad, categorical_slope, gt_loss_row_count)
