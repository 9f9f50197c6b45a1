/* mean_squared_error_grad on CUDA; see ops/mean_squared_error_grad.c. */
#include "cuda/losses.h"

GT_FORMULA(squared_error_slope, gt_squared_error_slope)
GT_CUDA_LOSS_GRAD(mean_squared_error_grad, squared_error_slope, gt_loss_entry_count)
