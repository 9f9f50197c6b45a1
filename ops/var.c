/* var: the biased variance over some axes, sum((x - mean)^2) / n, in two passes: mean first, then deviations, since
 * E[x^2] - E[x]^2 cancels where the mean is large. Of nothing: NaN. Chan, Golub, LeVeque, Am. Stat. 37 (1983). */
#ifndef REAL

#include "core/elementwise.h"
#include "core/reduction.h"
#include "ops/reduce.h"

static inline float squared_distance_f32(float x, float mean)
{
    return (x - mean) * (x - mean);
}

static inline double squared_distance_f64(double x, double mean)
{
    return (x - mean) * (x - mean);
}

GT_CPU_BINARY(squared_distances, squared_distance)

#define KERNEL_FILE "ops/var.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

extern const gt_op gt_op_mean;

/* 2 / n (x - mean) dy: the mean's own derivative cancels, because deviations add up to 0. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_reduce_attributes *attributes = gt_node_attributes(node);
    gt_tensor *x = gt_node_input(node, 0);
    const gt_shape *shape = &gt_node_input_spec(node, 0)->shape;
    const gt_reduce_attributes kept = {attributes->axes, 1};
    gt_tensor *deviation = gt_sub(tape, x, gt_apply(tape, &gt_op_mean, &x, 1, &kept));
    gt_tensor *slope = gt_scale(tape, deviation, 2 / (double)gt_reduce_count(shape, attributes->axes));
    dx[0] = gt_mul_no_nan(tape, slope, gt_reduce_restore(tape, node, dy[0]));
}

static const gt_sample samples[] = {
    {.name = "all", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){3, 0}},
    {.name = "rows", .inputs = {GT_NORMAL(5, 4)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {.name = "columns, kept", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_reduce_attributes){2, 1}},
    {.name = "channels", .inputs = {GT_NORMAL(2, 3, 3, 2)}, .attributes = &(const gt_reduce_attributes){7, 0}},
    {.name = "outer and inner", .inputs = {GT_NORMAL(2, 3, 4)}, .attributes = &(const gt_reduce_attributes){5, 0}},
    {.name = "past a block", .inputs = {GT_NORMAL(2, 131)}, .attributes = &(const gt_reduce_attributes){2, 0}},
    /* One entry never deviates from itself: its derivatives of any order are 0, which leaves nothing to compare. */
    {.name = "one entry",
     .inputs = {GT_NORMAL(3, 1)},
     .attributes = &(const gt_reduce_attributes){2, 0},
     .forward_only = true},
    {.name = "scalar",
     .inputs = {GT_NORMAL_SCALAR},
     .attributes = &(const gt_reduce_attributes){0, 0},
     .forward_only = true},
    {.name = "no axes",
     .inputs = {GT_NORMAL(2, 3)},
     .attributes = &(const gt_reduce_attributes){0, 0},
     .forward_only = true},
    {.name = "of nothing", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_reduce_attributes){1, 0}},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &(const gt_reduce_attributes){1, 0}};

const gt_op gt_op_var = {
    .name = "var",
    .inputs = 1,
    .outputs = 1,
    .infer = gt_infer_reduce,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .attribute_size = sizeof(gt_reduce_attributes),
    .fields = gt_reduce_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_var(gt_tape *tape, gt_tensor *x, const gt_axes *axes)
{
    return gt_reduce_apply(tape, &gt_op_var, x, axes);
}

#else

static gt_status KERNEL(forward)(const gt_call *call)
{
    const gt_operand *x = &call->input[0];
    const int64_t axes = ((const gt_reduce_attributes *)call->attributes)->axes;
    gt_reduction plan;
    gt_reduction_plan(&plan, &x->spec->shape, (uint32_t)axes);
    REAL *mean = gt_call_scratch(call, (size_t)plan.outputs * sizeof *mean);
    REAL *square = mean ? gt_call_scratch(call, (size_t)(plan.outputs * plan.count) * sizeof *square) : NULL;
    if (!square)
        return GT_ERR_MEMORY;
    gt_reduce_sum(&plan, x->spec->dtype, x->data, mean, 1);
    for (int64_t i = 0; i < plan.outputs; i++)
        mean[i] /= (REAL)plan.count;
    const gt_spec mean_spec = {x->spec->dtype, gt_reduce_shape(&x->spec->shape, axes, 1)};
    const gt_operand operands[] = {*x, {&mean_spec, mean}};
    const gt_operand squares = {x->spec, square};
    squared_distances(&(const gt_call){.inputs = 2, .input = operands, .output = &squares});
    REAL *y = call->output[0].data;
    gt_reduce_sum(&plan, x->spec->dtype, square, y, 1);
    for (int64_t i = 0; i < plan.outputs; i++)
        y[i] /= (REAL)plan.count;
    return GT_OK;
}

#endif
