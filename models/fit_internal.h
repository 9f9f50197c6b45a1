/* A fit that runs: for models/ alone. */
#ifndef GT_FIT_INTERNAL_H
#define GT_FIT_INTERNAL_H

#include "models/callback_internal.h"
#include "models/pass.h"
#include "models/progress.h"

struct gt_fit {
    gt_model *model;
    gt_fit_options options;
    int epochs;
    gt_batch data, validation; /* views of the user's, and weights */
    gt_pass pass;
    bool resumed;
    /* Where it is: what gt_training_save keeps. */
    int epoch;           /* done */
    int64_t batch;       /* done of the next one */
    gt_random order;     /* model->order as it was before that epoch */
    double loss, metric; /* sums of that epoch, when it was read from a file */
    gt_progress progress;
    int count; /* of the values at hand */
    gt_progress_value value[GT_HISTORY_NAMES];
};

/* The number `index` of those callbacks that have a state to keep; NULL behind the last. */
gt_callback *gt_fit_callback(const gt_fit *fit, int index);

/* Sets model, fit and callbacks to what gt_training_save wrote; `fit` may be NULL. Nothing is changed where the file
 * does not fit. */
gt_status gt_training_read(const char *path, gt_model *model, gt_fit *fit);

#endif
