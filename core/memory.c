/* Where the pool's memory comes from (the allocator, its limit and counters), and malloc's convenience over the pool.
 */
#include "core/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/pool.h"

static void *standard_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    return aligned_alloc(alignment, bytes);
}

static void standard_release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

#define STANDARD                                                                                                       \
    {                                                                                                                  \
        .allocate = standard_allocate, .release = standard_release                                                     \
    }
static const gt_allocator standard = STANDARD;
static gt_allocator source = STANDARD;
static _Atomic size_t limit, reserved, peak;

/* Counts `bytes` as held, unless that goes over the limit. */
static bool reserve(size_t bytes)
{
    size_t most = atomic_load_explicit(&limit, memory_order_relaxed);
    size_t held = atomic_load_explicit(&reserved, memory_order_relaxed);
    do {
        if (most && (held > most || bytes > most - held))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&reserved, &held, held + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static void raise_peak(void)
{
    size_t held = atomic_load_explicit(&reserved, memory_order_relaxed);
    size_t highest = atomic_load_explicit(&peak, memory_order_relaxed);
    while (highest < held &&
           !atomic_compare_exchange_weak_explicit(&peak, &highest, held, memory_order_relaxed, memory_order_relaxed))
        continue;
}

void *gt_system_allocate(size_t alignment, size_t bytes)
{
    if (!reserve(bytes))
        return NULL;
    void *memory = source.allocate(source.context, alignment, bytes);
    if (memory)
        raise_peak();
    else
        atomic_fetch_sub_explicit(&reserved, bytes, memory_order_relaxed);
    return memory;
}

void gt_system_release(void *memory, size_t bytes)
{
    source.release(source.context, memory, bytes);
    atomic_fetch_sub_explicit(&reserved, bytes, memory_order_relaxed);
}

gt_status gt_set_allocator(const gt_allocator *allocator)
{
    if (allocator && (!allocator->allocate || !allocator->release))
        return gt_fail(GT_ERR_ARGUMENT, "set_allocator: allocate and release must both be given");
    size_t live = gt_memory_live();
    if (live)
        return gt_fail(GT_ERR_STATE, "set_allocator: %zu bytes are in use", live);
    const gt_allocator next = allocator ? *allocator : standard;
    gt_pool_restart(next.direct != 0);
    source = next;
    return GT_OK;
}

void gt_memory_limit(size_t bytes)
{
    atomic_store_explicit(&limit, bytes, memory_order_relaxed);
}

size_t gt_memory_reserved(void)
{
    return atomic_load_explicit(&reserved, memory_order_relaxed);
}

size_t gt_memory_peak(void)
{
    return atomic_load_explicit(&peak, memory_order_relaxed);
}

void gt_memory_reset_peak(void)
{
    atomic_store_explicit(&peak, gt_memory_reserved(), memory_order_relaxed);
}

/* Stands before each object of gt_allocate, and keeps it aligned as malloc would. */
typedef union object_header {
    size_t bytes;
    max_align_t aligned;
} object_header;

void *gt_allocate(size_t bytes)
{
    /* A sum that would wrap is left to the pool to refuse. */
    size_t total = bytes > SIZE_MAX - sizeof(object_header) ? bytes : bytes + sizeof(object_header);
    object_header *header = gt_pool_allocate(total);
    if (!header)
        return NULL;
    memset(header, 0, total);
    header->bytes = total;
    return header + 1;
}

void gt_release(void *object)
{
    if (!object)
        return;
    object_header *header = (object_header *)object - 1;
    gt_pool_release(header, header->bytes);
}

char *gt_copy_string(const char *text)
{
    if (!text)
        return NULL;
    size_t bytes = strlen(text) + 1;
    char *copy = gt_allocate(bytes);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}
