/* What an optimizer clips gradients with before a step: the bound, and a tape of its own to compute on. */
#ifndef GT_OPTIM_CLIPPING_H
#define GT_OPTIM_CLIPPING_H

#include "core/tape.h"
#include "optim/optimizer.h"

/* Zeros: clips nothing. */
typedef struct gt_clipper {
    gt_clipping bound;
    gt_tape *tape; /* on the device of the last step's gradients; NULL: none yet */
    gt_device device;
    gt_tensor **clipped; /* the tape's, until gt_clipper_reset */
    int capacity;
} gt_clipper;

/* NULL: none. On failure, whose message begins with `who`, the bound stays. */
gt_status gt_clipper_set(gt_clipper *clipper, const char *who, const gt_clipping *bound);
/* Replaces the list of gradients by one of clipped gradients, which are readable until gt_clipper_reset. On failure the
 * list stays. */
gt_status gt_clipper_run(gt_clipper *clipper, const char *who, int count, gt_tensor *const **gradients);
/* Lets go of the clipped gradients, and keeps the memory for the next step's. */
void gt_clipper_reset(gt_clipper *clipper);
void gt_clipper_free(gt_clipper *clipper);

#endif
