/* What batch_norm and batch_norm_relu share: x (..., channels), gamma and beta (channels) to y, mean and variance. */
#ifndef GT_BATCH_NORM_PARTS_H
#define GT_BATCH_NORM_PARTS_H

#include "core/op.h"

gt_status gt_infer_batch_norm(const gt_infer *call);
gt_status gt_batch_norm_run(const gt_call *call, bool relu);

/* Runs batch_norm or batch_norm_relu; the batch's mean and variance go to `mean` and `variance`, which may be NULL. */
gt_tensor *gt_batch_norm_apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], double epsilon,
                               gt_tensor **mean, gt_tensor **variance);

/* The vjp with the cotangents of y before it was cut off, of the mean and of the variance, each of which may be NULL.
 */
void gt_batch_norm_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dz[], gt_tensor *dx[]);

extern const gt_field gt_batch_norm_fields[];
extern const gt_sample gt_batch_norm_samples[], gt_batch_norm_workload;

#endif
