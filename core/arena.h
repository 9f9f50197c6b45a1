/* A growing stack of memory: taken piece by piece, given back all at once or down to a mark. Pieces never move. */
#ifndef GT_ARENA_H
#define GT_ARENA_H

#include <stddef.h>

typedef struct gt_chunk {
    struct gt_chunk *next;
    size_t bytes; /* with this header */
} gt_chunk;

typedef struct gt_arena {
    gt_chunk *first;
    gt_chunk *current; /* pieces come from here; later chunks are empty */
    size_t used;       /* of the current chunk, with its header */
    size_t reserved;
} gt_arena;

typedef struct gt_arena_mark {
    gt_chunk *current;
    size_t used;
} gt_arena_mark;

/* Aligned to 16; NULL with the message set. */
void *gt_arena_take(gt_arena *arena, size_t bytes);
gt_arena_mark gt_arena_here(const gt_arena *arena);
void gt_arena_rollback(gt_arena *arena, gt_arena_mark mark);
/* Empties it and keeps the chunks. */
void gt_arena_reset(gt_arena *arena);
void gt_arena_free(gt_arena *arena);

#endif
