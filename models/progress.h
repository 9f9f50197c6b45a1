/* Progress of fit, as Keras 2 prints it: a bar that is redrawn on a terminal, or one line an epoch. */
#ifndef GT_PROGRESS_H
#define GT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"

typedef struct gt_progress_value {
    const char *name;
    double value; /* so far in this epoch */
} gt_progress_value;

typedef struct gt_progress {
    gt_writer *writer; /* NULL: silent */
    void *context;
    bool terminal;
    int columns;           /* of the terminal: what is redrawn must not wrap; 0: any */
    double (*clock)(void); /* seconds */
    int64_t target;        /* steps of an epoch */
    double start, first_step, last_step, last_draw;
    int width; /* of what stands on the line */
} gt_progress;

/* Seconds of a clock that only goes forward. */
double gt_progress_clock(void);

/* "Epoch 1/20", and an empty bar to come. Everything else is set by the caller. */
void gt_progress_begin(gt_progress *progress, int epoch, int epochs);
/* Whether the next step draws; the values are looked at only then. */
bool gt_progress_due(const gt_progress *progress);
/* After step `done` (from 1) of the epoch. Draws at most 20 times a second, and not without values (NULL). */
void gt_progress_step(gt_progress *progress, int64_t done, int count, const gt_progress_value *values);
/* The last line of the epoch. */
void gt_progress_end(gt_progress *progress, int count, const gt_progress_value *values);
/* Instead of gt_progress_end, after a failure: ends a line that was drawn, so that a message can follow. */
void gt_progress_stop(gt_progress *progress);

/* Its parts. Buffers must have GT_PROGRESS_TEXT bytes. */
#define GT_PROGRESS_TEXT 96
#define GT_PROGRESS_BAR  30 /* the bar's width where there is room, and the largest */
void gt_progress_bar(char *text, int64_t done, int64_t target, int width); /* "12/32 [====>.....]" */
void gt_progress_eta(char *text, double seconds);                          /* "5s", "1:05", "1:02:03" */
void gt_progress_duration(char *text, double seconds);                     /* "2ms/step" */

#endif
