/* Host memory: one caching pool behind every tensor, tape and model, with limits and counters.
 *
 * Blocks are aligned to 64 bytes and rounded up to a size class: multiples of 64 bytes to 512, then eight classes to
 * each power of two, so that at most 12.5 % is lost. Small blocks come from a cache of the calling thread. Freed blocks
 * are kept for reuse, and poisoned meanwhile for the address sanitizer and valgrind. All functions may be called from
 * any thread. */
#ifndef GT_MEMORY_H
#define GT_MEMORY_H

#include "error.h"

GT_PUBLIC_BEGIN

/* Where the pool gets its memory. `allocate` returns `bytes` bytes aligned to `alignment` (a power of two, at least
 * 64), or NULL; `release` gets the same size back. Both may be called from several threads at a time. */
typedef struct gt_allocator {
    void *(*allocate)(void *context, size_t alignment, size_t bytes);
    void (*release)(void *context, void *memory, size_t bytes);
    void *context;
    int direct; /* non-zero: no caching, every block is asked for and given back singly (for fault injection) */
} gt_allocator;

/* Replaces the source of all memory; NULL restores aligned_alloc and free. GT_ERR_STATE while any block is live: call
 * it before the first tensor, or after the last was freed, and while no other thread uses the library. The table is
 * copied; what every thread had cached goes back through the old one. */
gt_status gt_set_allocator(const gt_allocator *allocator);

/* At most this many bytes are held from the system (0: no limit). Over it, cached blocks are given back first, and
 * then allocation fails with GT_ERR_MEMORY. */
void gt_memory_limit(size_t bytes);

/* Bytes in blocks that are in use now, rounding included. Exact where no other thread allocates meanwhile. */
size_t gt_memory_live(void);

/* Bytes held from the system now, in use or cached. */
size_t gt_memory_reserved(void);

/* The largest gt_memory_reserved since the start or the last gt_memory_reset_peak. */
size_t gt_memory_peak(void);
void gt_memory_reset_peak(void);

/* Gives every cached block back to the system that is wholly free (other threads' caches are left alone). */
void gt_memory_trim(void);

/* An uninitialised block of at least `bytes` bytes (0 counts as 1), aligned to 64, or NULL with the message set:
 * "out of memory: 1048576 bytes asked for". gt_pool_release takes the same size; NULL is ignored. */
void *gt_pool_allocate(size_t bytes);
void gt_pool_release(void *block, size_t bytes);

/* malloc's convenience over the pool, for objects whose owner does not keep their size: zeroed, NULL with the message
 * set on failure. `gt_release(NULL)` does nothing. */
void *gt_allocate(size_t bytes);
void gt_release(void *object);
char *gt_copy_string(const char *text); /* NULL for NULL, and NULL with the message set on failure */

GT_PUBLIC_END

#endif
