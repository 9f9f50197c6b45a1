/* binary_crossentropy on CUDA; see ops/binary_crossentropy.c. */
#include "cuda/losses.h"

GT_FORMULA(binary, gt_binary_value)
GT_CUDA_LOSS(binary_crossentropy, binary, gt_loss_entry_count)
