/* The settings that pooling and its gradients are tried on:
 * SAMPLE(name, x, y, window, stride, before, after), lists in parentheses. */
#ifndef GT_POOL2D_SAMPLES_H
#define GT_POOL2D_SAMPLES_H

#include "ops/attributes.h"

#define GT_POOL2D_SAMPLES(SAMPLE)                                                                                      \
    SAMPLE("halves", (2, 4, 6, 3), (2, 2, 3, 3), (2, 2), (2, 2), (0, 0), (0, 0)),                                      \
        SAMPLE("single entry", (1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (1, 1), (0, 0), (0, 0)),                            \
        SAMPLE("windows overlap", (1, 5, 6, 2), (1, 3, 3, 2), (3, 2), (1, 2), (0, 0), (0, 0)),                         \
        SAMPLE("same", (1, 5, 4, 2), (1, 3, 4, 2), (3, 3), (2, 1), (1, 1), (1, 1)),                                    \
        SAMPLE("stride past the window", (2, 7, 5, 1), (2, 2, 2, 1), (2, 1), (4, 3), (0, 0), (0, 0)),                  \
        SAMPLE("uneven padding", (1, 4, 5, 2), (1, 3, 3, 2), (3, 4), (2, 2), (2, 1), (1, 2)),                          \
        SAMPLE("window of all", (2, 3, 4, 2), (2, 1, 1, 2), (3, 4), (1, 1), (0, 0), (0, 0)),                           \
        SAMPLE("window past the image", (1, 2, 2, 2), (1, 2, 2, 2), (4, 4), (1, 1), (2, 2), (1, 1)),                   \
        SAMPLE("odd channels", (1, 2, 4, 67), (1, 1, 2, 67), (2, 2), (2, 2), (0, 0), (0, 0)),                          \
        SAMPLE("empty batch", (0, 4, 4, 2), (0, 2, 2, 2), (2, 2), (2, 2), (0, 0), (0, 0)),                             \
        SAMPLE("no channels", (1, 4, 4, 0), (1, 2, 2, 0), (2, 2), (2, 2), (0, 0), (0, 0))

/* That of `gradtape bench cnn`. */
#define GT_POOL2D_WORKLOAD(SAMPLE)                                                                                     \
    SAMPLE("workload", (64, 24, 24, 32), (64, 12, 12, 32), (2, 2), (2, 2), (0, 0), (0, 0))

#define GT_POOL2D_LIST(...)                                                                                            \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define GT_POOL2D_SETTINGS(x, window, stride, before, after)                                                           \
    &(const gt_pool2d_attributes)                                                                                      \
    {                                                                                                                  \
        GT_POOL2D_LIST window, GT_POOL2D_LIST stride, GT_POOL2D_LIST before, GT_POOL2D_LIST after, GT_DIMENSIONS x     \
    }

#endif
