/* Samples past one tile, warp, block or chunk of a kernel: those of the registry, which gradients are checked at too,
 * are too small for that. */
#ifndef TEST_SUPPORT_LARGER_SAMPLES_H
#define TEST_SUPPORT_LARGER_SAMPLES_H

#include "core/op.h"

typedef struct larger_sample {
    const char *op;
    gt_sample sample;
} larger_sample;

extern const larger_sample larger_samples[];
extern const int larger_sample_count;

#endif
