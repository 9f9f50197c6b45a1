/* gelu_tanh: gelu, approximately: y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. D. Hendrycks, K. Gimpel,
 * "Gaussian error linear units", arXiv:1606.08415; GPT-2 has this form. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY(forward, gt_gelu_tanh_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_gelu_tanh_grad(tape, dy[0], gt_node_input(node, 0));
}

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}},    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}},   {.name = "empty", .inputs = {GT_NORMAL(0, 3)}},
    {.name = "far", .inputs = {GT_UNIFORM(-9, 9, 17)}}, {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}};

const gt_op gt_op_gelu_tanh = {
    .name = "gelu_tanh",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_gelu_tanh(gt_tape *tape, gt_tensor *x)
{
    return gt_apply(tape, &gt_op_gelu_tanh, &x, 1, NULL);
}
