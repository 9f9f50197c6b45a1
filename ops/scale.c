/* scale: y = factor x. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY_WITH(forward, gt_scale_value, gt_factor_attributes)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const double factor = ((const gt_factor_attributes *)gt_node_attributes(node))->factor;
    const gt_dtype dtype = gt_node_input_spec(node, 0)->dtype;
    if (isfinite(dtype == GT_FLOAT32 ? (float)factor : factor))
        dx[0] = gt_scale(tape, dy[0], factor);
    else /* 0 where dy is 0 */
        dx[0] = gt_mul_no_nan(tape, gt_fill(tape, dtype, GT_SCALAR, factor), dy[0]);
}

static const gt_field fields[] = {GT_REAL(gt_factor_attributes, factor), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_factor_attributes){-1.75}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_factor_attributes){3}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}, .attributes = &(const gt_factor_attributes){0.3}},
    {.name = "empty", .inputs = {GT_NORMAL(0)}, .attributes = &(const gt_factor_attributes){-1.75}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_factor_attributes){0.3}};

const gt_op gt_op_scale = {
    .name = "scale",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_factor_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_scale(gt_tape *tape, gt_tensor *x, double factor)
{
    const gt_factor_attributes attributes = {factor};
    return gt_apply(tape, &gt_op_scale, &x, 1, &attributes);
}
