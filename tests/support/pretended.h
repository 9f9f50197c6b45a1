/* A device that is none: memory of malloc, done at once, no kernels. Enters itself as CUDA. */
#ifndef TEST_SUPPORT_PRETENDED_H
#define TEST_SUPPORT_PRETENDED_H

#include <stdlib.h>
#include <string.h>

#include "core/backend.h"

static inline gt_status pretended_copy(gt_queue *queue, void *to, const void *from, size_t bytes)
{
    (void)queue;
    memmove(to, from, bytes);
    return GT_OK;
}

static inline void *pretended_allocate(gt_queue *queue, size_t bytes)
{
    (void)queue;
    return malloc(bytes);
}

static inline void pretended_release(gt_queue *queue, void *memory, size_t bytes)
{
    (void)queue;
    (void)bytes;
    free(memory);
}

static const gt_backend pretended = {
    .device = GT_CUDA,
    .allocate = pretended_allocate,
    .release = pretended_release,
    .copy_in = pretended_copy,
    .copy_out = pretended_copy,
    .copy = pretended_copy,
};

#endif
