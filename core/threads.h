/* The library's threads: one pool that runs the parts of a kernel.
 *
 * Work is cut into parts by shape alone, never by the number of threads, and each part writes its own outputs; so the
 * bits of a result do not depend on how many threads ran it. Idle threads spin briefly and then sleep; after fork() the
 * child starts threads of its own; a second user thread that finds the pool busy runs its parts itself. A build with
 * GRADTAPE_THREADS=OFF has no pool, runs all parts on the caller, and is for programs of one thread. */
#ifndef GT_THREADS_H
#define GT_THREADS_H

#include <stdint.h>

#include "error.h"

GT_PUBLIC_BEGIN

#define GT_MAX_THREADS 256

/* How many threads a kernel may use, the caller's included. 0 returns to the default: GRADTAPE_THREADS where it is
 * set, else the processors this process may run on. GT_ERR_ARGUMENT outside 0..GT_MAX_THREADS; GT_ERR_UNSUPPORTED for
 * more than 1 in a build without threads. Threads are started when first needed. */
gt_status gt_set_threads(int count);
int gt_threads(void);

/* Calls body(context, begin, end) for consecutive pieces of [0, count), each `grain` long but the last, on as many
 * threads as are free, and returns when all are done. One piece, or one thread: runs on the caller, pieces in order.
 * A body may not fail, and a nested call runs on its own thread. `grain` must be positive. */
typedef void gt_range_body(void *context, int64_t begin, int64_t end);
void gt_parallel(int64_t count, int64_t grain, gt_range_body *body, void *context);

/* The same on at most `slots` threads, each of which hands the body a number of its own below `slots`: which workspace
 * is its. The number must not decide what is computed. */
typedef void gt_slot_body(void *context, int slot, int64_t begin, int64_t end);
void gt_parallel_slots(int64_t count, int64_t grain, int slots, gt_slot_body *body, void *context);

/* Ends the pool's threads; the next gt_parallel starts them again. For hosts that unload the library, and leak checks.
 */
void gt_threads_stop(void);

GT_PUBLIC_END

#endif
