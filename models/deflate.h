/* zlib, and how far packed bytes can unpack: readers refuse what claims more before they ask for memory. For models/
 * alone. */
#ifndef GT_DEFLATE_H
#define GT_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

/* DEFLATE makes at most 258 bytes from two bits: nothing unpacks to more than this many times its length. */
#define GT_MOST_UNPACKED 1032

static inline size_t gt_most_unpacked(size_t length)
{
    return length > SIZE_MAX / GT_MOST_UNPACKED ? SIZE_MAX : length * GT_MOST_UNPACKED;
}

/* zlib's memory, as all other memory is had. */
void *gt_zlib_allocate(void *context, unsigned count, unsigned size);
void gt_zlib_release(void *context, void *block);

#endif
