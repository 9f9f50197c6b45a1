/* gelu_grad: the cotangent of gelu: (P(x) + x p(x)) dy, P and p the standard normal distribution and its density. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"
#include "ops/slope_grad.h"

GT_CPU_BINARY(forward, gt_gelu_grad_value)

/* (2 - x^2) p(x). */
static gt_tensor *second_derivative(gt_tape *tape, gt_tensor *x)
{
    gt_tensor *square = gt_square(tape, x);
    gt_tensor *density = gt_scale(tape, gt_exp(tape, gt_scale(tape, square, -0.5)), GT_INVERSE_SQRT_2PI);
    gt_tensor *factor = gt_sub(tape, gt_fill(tape, gt_tensor_dtype(x), GT_SCALAR, 2), square);
    return gt_mul_no_nan(tape, factor, density);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_slope_grad_vjp(tape, node, dy[0], dx, gt_gelu_grad, second_derivative);
}

const gt_op gt_op_gelu_grad = {
    .name = "gelu_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = gt_slope_grad_samples,
    .workload = &gt_slope_grad_workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_gelu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_gelu_grad, (gt_tensor *[]){dy, x}, 2, NULL);
}
