/* Failures of callbacks that set no message: for core/ alone. */
#ifndef GT_ERROR_INTERNAL_H
#define GT_ERROR_INTERNAL_H

#include <stdint.h>

#include "core/error.h"

/* How often the calling thread has failed. */
uint64_t gt_failures(void);

/* Returns `status`. Where it is a failure, but none was reported since there were `before`, a user's callback returned
 * it without gt_fail: the message says so, instead of telling of an older failure. */
gt_status gt_explained(gt_status status, uint64_t before, const char *who);

#endif
