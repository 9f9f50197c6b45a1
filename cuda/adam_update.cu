/* adam_update on CUDA; see ops/adam_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(adam_update, gt_adam_step, gt_adam_attributes, 2)
