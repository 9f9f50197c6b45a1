/* Metrics: what fraction of a batch is right. */
#ifndef GT_METRIC_H
#define GT_METRIC_H

#include "../core/tape.h"

GT_PUBLIC_BEGIN

/* How many entries of the batch count as right, and out of how many. A `count` of one's own that fails says why by
 * gt_fail. */
typedef struct gt_metric {
    const char *name; /* as it is printed */
    gt_status (*count)(const gt_tensor *prediction, const gt_tensor *target, double *right, double *total);
    /* The same made of ops, so that training on a device need not wait for each batch: the number of right entries as a
     * scalar of any dtype, the total as a number. NULL: the values are copied to the CPU for `count`. */
    gt_tensor *(*right)(gt_tape *tape, gt_tensor *prediction, gt_tensor *target, double *total);
} gt_metric;

/* The first maximum of each row of the prediction is the label: target one-hot (same shape), or int32 class numbers. */
extern const gt_metric gt_categorical_accuracy;
/* Prediction (a probability) above 0.5 equals the target (0 or 1). */
extern const gt_metric gt_binary_accuracy;

/* One batch, as a fraction; NaN of nothing, and with the message set on failure. */
double gt_metric_of(const gt_metric *metric, const gt_tensor *prediction, const gt_tensor *target);

GT_PUBLIC_END

#endif
