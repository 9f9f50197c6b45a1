/* rmsprop_update on CUDA; see ops/rmsprop_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(rmsprop_update, gt_rmsprop_step, gt_rmsprop_attributes, 1)
