/* `--profile FILE`: a few steps of a training, op by op. */
#ifndef TOOLS_PROFILE_OPTION_H
#define TOOLS_PROFILE_OPTION_H

#include "models/gradtape.h"

/* Profiles five steps, once a few have warmed up, or the last of a shorter run; writes the trace to `path` and the top
 * ops to stdout. The path must stay. NULL with the message set. */
gt_callback *profile_steps(const char *path);

#endif
