/* The vjp and the samples of the ops dx = f'(x) dy. */
#include "ops/slope_grad.h"

#include "ops/grads.h"
#include "ops/ops.h"

void gt_slope_grad_vjp(gt_tape *tape, const gt_node *node, gt_tensor *cotangent, gt_tensor *dx[],
                       gt_tensor *(*slope_grad)(gt_tape *, gt_tensor *, gt_tensor *),
                       gt_tensor *(*second_derivative)(gt_tape *, gt_tensor *))
{
    gt_tensor *dy = gt_node_input(node, 0), *x = gt_node_input(node, 1);
    if (gt_wants(node, 0))
        dx[0] = slope_grad(tape, cotangent, x);
    if (gt_wants(node, 1))
        dx[1] = gt_mul_no_nan(tape, second_derivative(tape, x), gt_mul_no_nan_grad(tape, cotangent, dy));
}

const gt_sample gt_slope_grad_samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_NORMAL(1)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0), GT_NORMAL(0)}},
    {0},
};
const gt_sample gt_slope_grad_workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)}};
