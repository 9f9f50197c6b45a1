/* categorical_crossentropy on CUDA; see ops/categorical_crossentropy.c. */
#include "cuda/losses.h"

GT_FORMULA(categorical, gt_categorical_value)
GT_CUDA_LOSS(categorical_crossentropy, categorical, gt_loss_row_count)
