/* Windows that slide along one axis of an image: what convolution and pooling have in common. */
#ifndef GT_WINDOW_H
#define GT_WINDOW_H

#include "core/op.h"
#include "ops/ops.h"

typedef struct gt_window {
    int64_t size;          /* entries of the image along the axis */
    int64_t entries;       /* of the window, */
    int64_t dilation;      /* each so far from the one before */
    int64_t stride;        /* from window to window */
    int64_t before, after; /* padding */
} gt_window;

/* GT_ERR_ARGUMENT unless entries, dilation and stride are at least 1, padding at least 0, and all of them small enough
 * to calculate with. `what` names the window in messages: "filter". */
gt_status gt_window_check(const char *who, const char *what, const gt_window *axis);

/* How many windows there are; 0 if not even one fits. For settings that passed the check. */
int64_t gt_window_count(const gt_window *axis);

/* False, with the tape's error set, for a padding that is none of them, or numbers that it would not use. */
bool gt_padding_check(gt_tape *tape, const char *who, gt_padding padding, const int64_t before[2],
                      const int64_t after[2]);

/* Sets before and after for a padding that is not explicit. Settings out of range give none: the check reports them. */
void gt_window_pad(gt_window *axis, gt_padding padding);

/* A filter of `entries` along axis 0 or 1 of an image of `size`, with these options; the padding as they hold it, for
 * gt_window_pad to complete. */
gt_window gt_conv2d_window(const gt_conv2d_options *options, int axis, int64_t size, int64_t entries);

/* Sets size, and before and after as gt_window_pad does, to those of the image that a transposed convolution makes of
 * `count` entries: as Keras' Conv2DTranspose for VALID and SAME. Not positive where nothing is left of it. For settings
 * that passed the check, and `count` up to INT32_MAX. */
void gt_window_stretch(gt_window *axis, int64_t count, gt_padding padding);

#endif
