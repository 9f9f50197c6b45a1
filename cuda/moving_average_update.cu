/* moving_average_update on CUDA; see ops/moving_average_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(moving_average_update, gt_moving_average_step, gt_momentum_attributes, 0)
