/* clip: y = min(max(x, low), high); NaN stays NaN. The derivative is 1 from low to high, ends included, as in
 * TensorFlow, and 0 outside. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_UNARY_WITH(forward, gt_clip_value, gt_range_attributes)

static gt_status infer(const gt_infer *call)
{
    const gt_range_attributes *range = call->attributes;
    if (!(range->low <= range->high))
        return gt_fail(GT_ERR_ARGUMENT, "clip: low is %g, high is %g: low must not be above high", range->low,
                       range->high);
    return gt_infer_like_first(call);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_range_attributes *range = gt_node_attributes(node);
    dx[0] = gt_clip_grad(tape, dy[0], gt_node_input(node, 0), range->low, range->high);
}

static const gt_field fields[] = {GT_REAL(gt_range_attributes, low), GT_REAL(gt_range_attributes, high), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_range_attributes){-0.5, 1}},
    {.name = "scalar", .inputs = {GT_UNIFORM(0, 1, 1)}, .attributes = &(const gt_range_attributes){-1, 2}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131)}, .attributes = &(const gt_range_attributes){0, INFINITY}},
    {.name = "one value",
     .inputs = {GT_NORMAL(5)},
     .attributes = &(const gt_range_attributes){0.25, 0.25},
     .forward_only = true},
    {.name = "empty", .inputs = {GT_NORMAL(0)}, .attributes = &(const gt_range_attributes){0, 1}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_range_attributes){-1, 1}};

const gt_op gt_op_clip = {
    .name = "clip",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .attribute_size = sizeof(gt_range_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_clip(gt_tape *tape, gt_tensor *x, double low, double high)
{
    const gt_range_attributes attributes = {low, high};
    return gt_apply(tape, &gt_op_clip, &x, 1, &attributes);
}
