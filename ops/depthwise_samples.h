/* The settings that depthwise_conv2d and its two gradients are tried on, as those of ops/conv2d_samples.h:
 * SAMPLE(name, x, filter, y, stride, dilation, before, after). */
#ifndef GT_DEPTHWISE_SAMPLES_H
#define GT_DEPTHWISE_SAMPLES_H

#include "ops/conv2d_samples.h"

#define GT_DEPTHWISE_SAMPLES(SAMPLE)                                                                                   \
    SAMPLE("valid", (2, 5, 6, 3), (3, 2, 3, 1), (2, 3, 5, 3), (1, 1), (1, 1), (0, 0), (0, 0)),                         \
        SAMPLE("same", (1, 4, 5, 2), (3, 3, 2, 1), (1, 4, 5, 2), (1, 1), (1, 1), (1, 1), (1, 1)),                      \
        SAMPLE("multiplier of 2", (1, 4, 4, 2), (2, 2, 2, 2), (1, 3, 3, 4), (1, 1), (1, 1), (0, 0), (0, 0)),           \
        SAMPLE("single entry", (1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (1, 1), (0, 0), (0, 0)),              \
        SAMPLE("strides", (1, 6, 7, 2), (3, 2, 2, 1), (1, 2, 2, 2), (2, 3), (1, 1), (0, 0), (0, 0)),                   \
        SAMPLE("stride past the filter", (1, 5, 6, 1), (1, 2, 1, 2), (1, 2, 2, 2), (3, 4), (1, 1), (0, 0), (0, 0)),    \
        SAMPLE("strides, dilations, uneven padding", (2, 5, 4, 2), (2, 3, 2, 2), (2, 3, 2, 4), (2, 3), (3, 2), (1, 2), \
               (2, 2)),                                                                                                \
        SAMPLE("stride 4, dilation 6", (1, 9, 3, 1), (3, 2, 1, 2), (1, 1, 2, 2), (4, 1), (6, 1), (3, 0), (1, 0)),      \
        SAMPLE("filter past the image", (1, 2, 2, 1), (3, 3, 1, 2), (1, 2, 2, 2), (1, 1), (1, 1), (1, 1), (1, 1)),     \
        SAMPLE("windows in the border alone", (1, 2, 1, 1), (2, 1, 1, 2), (1, 7, 6, 2), (1, 1), (1, 1), (3, 2),        \
               (3, 3)),                                                                                                \
        SAMPLE("odd tail", (1, 3, 4, 37), (2, 2, 37, 1), (1, 2, 3, 37), (1, 1), (1, 1), (0, 0), (0, 0)),               \
        SAMPLE("odd tail, multiplier of 3", (1, 3, 3, 23), (2, 2, 23, 3), (1, 2, 2, 69), (1, 1), (1, 1), (0, 0),       \
               (0, 0)),                                                                                                \
        SAMPLE("more rows than chunks", (5, 5, 2, 2), (2, 1, 2, 1), (5, 4, 2, 2), (1, 1), (1, 1), (0, 0), (0, 0)),     \
        SAMPLE("empty batch", (0, 3, 3, 2), (2, 2, 2, 1), (0, 2, 2, 2), (1, 1), (1, 1), (0, 0), (0, 0)),               \
        SAMPLE("no channels", (1, 3, 3, 0), (2, 2, 0, 2), (1, 2, 2, 0), (1, 1), (1, 1), (0, 0), (0, 0)),               \
        SAMPLE("no filters", (1, 3, 3, 2), (2, 2, 2, 0), (1, 2, 2, 0), (1, 1), (1, 1), (0, 0), (0, 0))

/* A middle layer of MobileNet, for 32 images. */
#define GT_DEPTHWISE_WORKLOAD(SAMPLE)                                                                                  \
    SAMPLE("workload", (32, 28, 28, 128), (3, 3, 128, 1), (32, 28, 28, 128), (1, 1), (1, 1), (1, 1), (1, 1))

#endif
