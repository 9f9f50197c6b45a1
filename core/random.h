/* Random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * Counter-based: number i of a stream is a function of (key, offset + i), so that any thread, and any device, computes
 * any part of a stream alone. One block gives four 32-bit words. */
#ifndef GT_RANDOM_H
#define GT_RANDOM_H

#include <stdint.h>

#include "shape.h"

GT_PUBLIC_BEGIN

/* A position in a stream. `offset` counts blocks of four words. */
typedef struct gt_random {
    uint64_t key;    /* the seed */
    uint64_t offset; /* the next block */
} gt_random;

/* A stream of its own for every (seed, stream) pair. */
gt_random gt_random_new(uint64_t seed, uint64_t stream);

/* Takes `blocks` blocks from the stream and returns the offset of the first. */
uint64_t gt_random_take(gt_random *random, uint64_t blocks);

/* The four words of one block. The counter is {offset low, offset high, 0, 0}, the key {key low, key high}. */
void gt_philox(uint64_t key, uint64_t offset, uint32_t words[4]);

/* Fills `count` numbers and advances the stream by ceil(count / 2) blocks: each number takes two words.
 * uniform: low <= u < high, 53 random bits. normal: Box-Muller. truncated: normal, redrawn until within two
 * standard deviations of the mean (Keras' initializers), by the inverse of the distribution, without rejection.
 * Computed in double and rounded to `dtype` (float32 or float64), so both dtypes see the same numbers. */
gt_status gt_random_uniform(gt_random *random, gt_dtype dtype, int64_t count, double low, double high, void *out);
gt_status gt_random_normal(gt_random *random, gt_dtype dtype, int64_t count, double mean, double deviation, void *out);
gt_status gt_random_truncated(gt_random *random, gt_dtype dtype, int64_t count, double mean, double deviation,
                              void *out);

/* A random permutation of 0..count-1 (Fisher-Yates, without modulo bias); advances by `count` blocks. */
void gt_random_permutation(gt_random *random, int32_t count, int32_t *out);

GT_PUBLIC_END

#endif
