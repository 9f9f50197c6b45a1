/* What the ops dx = f'(x) dy that read x have in common, for smooth functions f. */
#ifndef GT_SLOPE_GRAD_H
#define GT_SLOPE_GRAD_H

#include "core/op.h"

/* Their vjp: towards dy the op itself, `slope_grad`, towards x the second derivative of f. */
void gt_slope_grad_vjp(gt_tape *tape, const gt_node *node, gt_tensor *cotangent, gt_tensor *dx[],
                       gt_tensor *(*slope_grad)(gt_tape *tape, gt_tensor *dy, gt_tensor *x),
                       gt_tensor *(*second_derivative)(gt_tape *tape, gt_tensor *x));

/* What they are tried on. */
extern const gt_sample gt_slope_grad_samples[], gt_slope_grad_workload;

#endif
