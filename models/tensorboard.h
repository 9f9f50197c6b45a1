/* For callbacks in tools/ that add to a file of gt_tensorboard. */
#ifndef GT_TENSORBOARD_H
#define GT_TENSORBOARD_H

#include "models/callback.h"
#include "models/event_file.h"

/* The file that the fit which runs now writes to; NULL between fits, and of another callback. */
gt_event_file *gt_tensorboard_file(const gt_callback *tensorboard);

#endif
