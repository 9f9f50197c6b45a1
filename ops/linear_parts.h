/* What linear and linear_relu share. */
#ifndef GT_LINEAR_PARTS_H
#define GT_LINEAR_PARTS_H

#include "core/op.h"

/* x (..., in), weight (in, out), bias (out). */
gt_status gt_infer_linear(const gt_infer *call);
/* y = x W + b, or max(x W + b, 0). */
gt_status gt_linear_run(const gt_call *call, bool relu);
/* The vjp with the cotangent of x W + b. */
void gt_linear_vjp(gt_tape *tape, const gt_node *node, gt_tensor *dz, gt_tensor *dx[]);

extern const gt_sample gt_linear_samples[], gt_linear_workload;

#endif
