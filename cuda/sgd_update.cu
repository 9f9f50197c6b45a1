/* sgd_update on CUDA; see ops/sgd_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(sgd_update, gt_sgd_step, gt_sgd_attributes, 0)
