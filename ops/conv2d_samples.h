/* The settings that conv2d and its two gradients are tried on:
 * SAMPLE(name, x, filter, y, stride, dilation, before, after), lists in parentheses. */
#ifndef GT_CONV2D_SAMPLES_H
#define GT_CONV2D_SAMPLES_H

#include "ops/attributes.h"

#define GT_CONV2D_SAMPLES(SAMPLE)                                                                                      \
    SAMPLE("valid", (2, 5, 6, 2), (3, 2, 2, 3), (2, 3, 5, 3), (1, 1), (1, 1), (0, 0), (0, 0)),                         \
        SAMPLE("same", (1, 4, 5, 2), (3, 3, 2, 2), (1, 4, 5, 2), (1, 1), (1, 1), (1, 1), (1, 1)),                      \
        SAMPLE("single entry", (1, 1, 1, 1), (1, 1, 1, 1), (1, 1, 1, 1), (1, 1), (1, 1), (0, 0), (0, 0)),              \
        SAMPLE("filter of 1 x 1", (2, 2, 3, 3), (1, 1, 3, 4), (2, 2, 3, 4), (1, 1), (1, 1), (0, 0), (0, 0)),           \
        SAMPLE("strides", (1, 6, 7, 2), (3, 2, 2, 2), (1, 2, 2, 2), (2, 3), (1, 1), (0, 0), (0, 0)),                   \
        SAMPLE("stride past the filter", (1, 5, 6, 1), (1, 2, 1, 2), (1, 2, 2, 2), (3, 4), (1, 1), (0, 0), (0, 0)),    \
        SAMPLE("dilations", (1, 6, 7, 2), (3, 2, 2, 2), (1, 2, 4, 2), (1, 1), (2, 3), (0, 0), (0, 0)),                 \
        SAMPLE("strides, dilations, uneven padding", (2, 5, 4, 2), (2, 3, 2, 2), (2, 3, 2, 2), (2, 3), (3, 2), (1, 2), \
               (2, 2)),                                                                                                \
        SAMPLE("stride 4, dilation 6", (1, 9, 3, 1), (3, 2, 1, 2), (1, 1, 2, 2), (4, 1), (6, 1), (3, 0), (1, 0)),      \
        SAMPLE("filter past the image", (1, 2, 2, 1), (3, 3, 1, 2), (1, 2, 2, 2), (1, 1), (1, 1), (1, 1), (1, 1)),     \
        SAMPLE("windows in the border alone", (1, 2, 1, 1), (2, 1, 1, 2), (1, 7, 6, 2), (1, 1), (1, 1), (3, 2),        \
               (3, 3)),                                                                                                \
        SAMPLE("past tiles and panels", (1, 4, 7, 3), (2, 2, 3, 17), (1, 3, 6, 17), (1, 1), (1, 1), (0, 0), (0, 0)),   \
        SAMPLE("whole panels", (1, 3, 3, 2), (2, 2, 2, 16), (1, 2, 2, 16), (1, 1), (1, 1), (0, 0), (0, 0)),            \
        SAMPLE("empty batch", (0, 3, 3, 2), (2, 2, 2, 3), (0, 2, 2, 3), (1, 1), (1, 1), (0, 0), (0, 0)),               \
        SAMPLE("no channels", (1, 3, 3, 0), (2, 2, 0, 2), (1, 2, 2, 2), (1, 1), (1, 1), (0, 0), (0, 0)),               \
        SAMPLE("no filters", (1, 3, 3, 2), (2, 2, 2, 0), (1, 2, 2, 0), (1, 1), (1, 1), (0, 0), (0, 0))

/* The second layer of `gradtape bench cnn`. */
#define GT_CONV2D_WORKLOAD(SAMPLE)                                                                                     \
    SAMPLE("workload", (64, 26, 26, 32), (3, 3, 32, 32), (64, 24, 24, 32), (1, 1), (1, 1), (0, 0), (0, 0))

#define GT_CONV2D_LIST(...)                                                                                            \
    {                                                                                                                  \
        __VA_ARGS__                                                                                                    \
    }
#define GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                                 \
    &(const gt_conv2d_attributes)                                                                                      \
    {                                                                                                                  \
        GT_CONV2D_LIST stride, GT_CONV2D_LIST dilation, GT_CONV2D_LIST before, GT_CONV2D_LIST after, GT_DIMENSIONS x,  \
            GT_DIMENSIONS filter                                                                                       \
    }

#endif
