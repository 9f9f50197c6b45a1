/* adadelta_update on CUDA; see ops/adadelta_update.c. */
#include "cuda/updates.h"

GT_CUDA_UPDATE(adadelta_update, gt_adadelta_step, gt_adadelta_attributes, 2)
