/* A growing stack of memory in chunks from the pool. */
#include "core/arena.h"

#include "core/memory.h"

#define FIRST_CHUNK   ((size_t)4 << 10)
#define LARGEST_CHUNK ((size_t)1 << 20)
#define HEADER_BYTES  ((sizeof(gt_chunk) + 15) & ~(size_t)15)

/* Moves on to the next chunk, or puts a new one behind the current; each is twice as large as the one before. */
static gt_status next_chunk(gt_arena *arena, size_t bytes)
{
    gt_chunk *next = arena->current ? arena->current->next : arena->first;
    if (!next || next->bytes - HEADER_BYTES < bytes) {
        size_t size = arena->current ? arena->current->bytes * 2 : FIRST_CHUNK;
        size = size > LARGEST_CHUNK ? LARGEST_CHUNK : size;
        size = size < bytes + HEADER_BYTES ? bytes + HEADER_BYTES : size;
        gt_chunk *chunk = gt_pool_allocate(size);
        if (!chunk)
            return GT_ERR_MEMORY;
        *chunk = (gt_chunk){.next = next, .bytes = size};
        if (arena->current)
            arena->current->next = chunk;
        else
            arena->first = chunk;
        arena->reserved += size;
        next = chunk;
    }
    arena->current = next;
    arena->used = HEADER_BYTES;
    return GT_OK;
}

void *gt_arena_take(gt_arena *arena, size_t bytes)
{
    bytes = (bytes + 15) & ~(size_t)15;
    if ((!arena->current || arena->current->bytes - arena->used < bytes) && next_chunk(arena, bytes) != GT_OK)
        return NULL;
    void *piece = (char *)arena->current + arena->used;
    arena->used += bytes;
    return piece;
}

gt_arena_mark gt_arena_here(const gt_arena *arena)
{
    return (gt_arena_mark){arena->current, arena->used};
}

void gt_arena_rollback(gt_arena *arena, gt_arena_mark mark)
{
    arena->current = mark.current;
    arena->used = mark.used;
}

void gt_arena_reset(gt_arena *arena)
{
    gt_arena_rollback(arena, (gt_arena_mark){0});
}

void gt_arena_free(gt_arena *arena)
{
    for (gt_chunk *chunk = arena->first, *next; chunk; chunk = next) {
        next = chunk->next;
        gt_pool_release(chunk, chunk->bytes);
    }
    *arena = (gt_arena){0};
}
