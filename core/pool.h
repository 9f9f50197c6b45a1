/* What core/memory.c (the source of memory, its limit and counters) and core/pool.c (the cache) are to each other. */
#ifndef GT_POOL_H
#define GT_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/memory.h"

/* One request to the allocator, counted and held against the limit: NULL, without a message, where either refuses. */
void *gt_system_allocate(size_t alignment, size_t bytes);
void gt_system_release(void *memory, size_t bytes);

/* Gives back everything that is cached, by other threads too, and goes on in the given mode: `direct` asks for every
 * block and gives it back singly. No other thread may be in the pool meanwhile. */
void gt_pool_restart(bool direct);

#endif
