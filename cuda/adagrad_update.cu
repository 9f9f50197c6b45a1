/* adagrad_update on CUDA; see ops/adagrad_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(adagrad_update, gt_adagrad_step, gt_adagrad_attributes, 1)
