/* silu_grad: the cotangent of silu: s (1 + x (1 - s)) dy, s = sigmoid(x). */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"
#include "ops/slope_grad.h"

GT_CPU_BINARY(forward, gt_silu_grad_value)

/* s (1 - s) (2 + x (1 - 2 s)). */
static gt_tensor *second_derivative(gt_tape *tape, gt_tensor *x)
{
    const gt_dtype dtype = gt_tensor_dtype(x);
    gt_tensor *s = gt_sigmoid(tape, x);
    gt_tensor *lean = gt_add(tape, gt_scale(tape, s, -2), gt_fill(tape, dtype, GT_SCALAR, 1));
    gt_tensor *rest = gt_add(tape, gt_mul(tape, x, lean), gt_fill(tape, dtype, GT_SCALAR, 2));
    return gt_sigmoid_grad(tape, rest, s);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_slope_grad_vjp(tape, node, dy[0], dx, gt_silu_grad, second_derivative);
}

const gt_op gt_op_silu_grad = {
    .name = "silu_grad",
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

gt_tensor *gt_silu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_silu_grad, (gt_tensor *[]){dy, x}, 2, NULL);
}
