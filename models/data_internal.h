/* For models/ alone: what gt_idx_read does, with the status. */
#ifndef GT_DATA_INTERNAL_H
#define GT_DATA_INTERNAL_H

#include "models/data.h"

/* Sets a new tensor; NULL after a failure. */
gt_status gt_idx_load(const char *path, gt_tensor **tensor);

#endif
