/* elu: y = x where x > 0, else alpha (e^x - 1). The derivative at exactly 0 is alpha, as in TensorFlow. D.-A. Clevert,
 * T. Unterthiner, S. Hochreiter, "Fast and accurate deep network learning by exponential linear units", ICLR 2016. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY_WITH(forward, gt_elu_value, gt_factor_attributes)

static gt_status infer(const gt_infer *call)
{
    double alpha = ((const gt_factor_attributes *)call->attributes)->factor;
    if (!isfinite(alpha))
        return gt_fail(GT_ERR_ARGUMENT, "%s: alpha is %g, a finite number is expected", call->op->name, alpha);
    return gt_infer_like_first(call);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_factor_attributes *attributes = gt_node_attributes(node);
    dx[0] = gt_elu_grad(tape, dy[0], gt_node_input(node, 0), attributes->factor);
}

static const gt_field fields[] = {GT_REAL(gt_factor_attributes, factor), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_factor_attributes){0.3}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_factor_attributes){-0.5}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}, .attributes = &(const gt_factor_attributes){0}},
    {.name = "empty", .inputs = {GT_NORMAL(0)}, .attributes = &(const gt_factor_attributes){0.3}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_factor_attributes){0.3}};

const gt_op gt_op_elu = {
    .name = "elu",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .attribute_size = sizeof(gt_factor_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_elu(gt_tape *tape, gt_tensor *x, double alpha)
{
    const gt_factor_attributes attributes = {alpha};
    return gt_apply(tape, &gt_op_elu, &x, 1, &attributes);
}
