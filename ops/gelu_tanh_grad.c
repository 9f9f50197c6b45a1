/* gelu_tanh_grad: the cotangent of gelu_tanh: ((1 + t) + x (1 - t^2) u') / 2 dy, with u = sqrt(2 / pi) (x + 0.044715
 * x^3), t = tanh(u). */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"
#include "ops/slope_grad.h"

GT_CPU_BINARY(forward, gt_gelu_tanh_grad_value)

/* (1 - t^2) (u' + x (u'' - 2 t u'^2) / 2). */
static gt_tensor *second_derivative(gt_tape *tape, gt_tensor *x)
{
    const double c = GT_GELU_SCALE, a = GT_GELU_CUBIC;
    gt_tensor *one = gt_fill(tape, gt_tensor_dtype(x), GT_SCALAR, 1), *square = gt_square(tape, x);
    gt_tensor *u = gt_scale(tape, gt_mul(tape, x, gt_add(tape, one, gt_scale(tape, square, a))), c);
    gt_tensor *t = gt_tanh(tape, u), *first = gt_scale(tape, gt_add(tape, one, gt_scale(tape, square, 3 * a)), c);
    gt_tensor *bend = gt_scale(tape, gt_mul(tape, t, gt_square(tape, first)), -2);
    gt_tensor *inner = gt_add(tape, gt_scale(tape, x, 6 * a * c), bend);
    gt_tensor *sum = gt_add(tape, first, gt_scale(tape, gt_mul(tape, x, inner), 0.5));
    return gt_tanh_grad(tape, sum, t);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_slope_grad_vjp(tape, node, dy[0], dx, gt_gelu_tanh_grad, second_derivative);
}

const gt_op gt_op_gelu_tanh_grad = {
    .name = "gelu_tanh_grad",
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

gt_tensor *gt_gelu_tanh_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_gelu_tanh_grad, (gt_tensor *[]){dy, x}, 2, NULL);
}
