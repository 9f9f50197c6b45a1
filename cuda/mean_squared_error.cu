/* mean_squared_error on CUDA; see ops/mean_squared_error.c. */
#include "cuda/losses.h"

GT_FORMULA(squared_error, gt_squared_error_value)
GT_CUDA_LOSS(mean_squared_error, squared_error, gt_loss_entry_count)
