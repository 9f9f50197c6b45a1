/* Profiles: which ops took how long.
 *
 *     gt_profile *profile = gt_profile_new(100000);
 *     gt_profile_start(profile);
 *     ... a few steps ...
 *     gt_profile_stop();
 *     gt_profile_write_summary(profile, gt_write_file, stdout, 10);
 *     gt_profile_free(profile);
 *
 * While one is on, every op that its thread runs is noted: of tapes, of sweeps, and the optimizers' updates. Work on a
 * device is waited for, op by op, so that its time is its own: steps take longer then. Views, which run nothing, are
 * not noted. */
#ifndef GT_PROFILE_H
#define GT_PROFILE_H

#include <stdint.h>

#include "error.h"

GT_PUBLIC_BEGIN

typedef struct gt_profile gt_profile;

/* Takes the memory for so many ops, so that none is asked for while it is on; what comes then is counted and not kept.
 * The caller's; NULL with the message set. */
gt_profile *gt_profile_new(int64_t most_ops);
/* Stops it, if it is on in the calling thread. It must not be on in another. */
void gt_profile_free(gt_profile *profile);

/* For the calling thread; GT_ERR_STATE where one is on already. Going on with the same profile adds to it. */
gt_status gt_profile_start(gt_profile *profile);
void gt_profile_stop(void);

/* How many ops were noted, and how many came when there was no more room. */
int64_t gt_profile_count(const gt_profile *profile);
int64_t gt_profile_lost(const gt_profile *profile);

/* JSON in the trace event format, for chrome://tracing and ui.perfetto.dev: each op with its shape, its dtype, and the
 * bytes of its inputs and outputs; times in microseconds from the profile's start. */
gt_status gt_profile_write_trace(const gt_profile *profile, gt_writer *writer, void *context);
/* A table of the `top` ops that took the longest: calls, milliseconds in all, their share, microseconds a call, and GB
 * of inputs and outputs a second. */
gt_status gt_profile_write_summary(const gt_profile *profile, gt_writer *writer, void *context, int top);

GT_PUBLIC_END

#endif
