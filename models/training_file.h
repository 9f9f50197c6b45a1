/* Names in the files of gt_training_save. */
#ifndef GT_TRAINING_FILE_H
#define GT_TRAINING_FILE_H

#include "optim/optimizer.h"

typedef struct gt_name {
    char text[512];
} gt_name;

/* "optimizer/mean/dense/kernel". */
gt_name gt_slot_name(const gt_optimizer *optimizer, const gt_tensor *weight, int slot);
/* A weight that a callback keeps. */
gt_name gt_kept_name(int callback, int weight);
/* The optimizer's settings as of its last step, as text: what runs are compared by. */
gt_name gt_optimizer_settings(gt_optimizer *optimizer);

#endif
