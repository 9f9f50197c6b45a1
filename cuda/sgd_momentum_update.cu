/* sgd_momentum_update on CUDA; see ops/sgd_momentum_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(sgd_momentum_update, gt_sgd_momentum_step, gt_sgd_momentum_attributes, 1)
