/* batch_norm_inference: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with given mean and variance, one for
 * each channel (the last axis). */
#ifndef REAL

#include "ops/channels.h"
#include "ops/grads.h"

enum { X, GAMMA, BETA, MEAN, VARIANCE, INPUTS };

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[X];
    return gt_infer_channels(call, 1);
}

#define KERNEL_FILE "ops/batch_norm_inference.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

/* Towards gamma: sum(dy xhat). The others follow from the slope, from sum(dy), and from sum(dy xhat). */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    gt_tensor *gamma = gt_node_input(node, GAMMA), *mean = gt_node_input(node, MEAN);
    gt_tensor *variance = gt_node_input(node, VARIANCE);
    gt_tensor *with_x = NULL, *sum = NULL, *inverse = NULL, *slope = NULL;
    if (gt_wants(node, GAMMA) || gt_wants(node, VARIANCE))
        with_x = gt_batch_norm_gamma_grad(tape, dy[0], gt_node_input(node, X), mean, variance, epsilon);
    if (gt_wants(node, BETA) || gt_wants(node, MEAN))
        sum = gt_sum_to(tape, dy[0], &gt_node_input_spec(node, BETA)->shape);
    if (gt_wants(node, X) || gt_wants(node, MEAN) || gt_wants(node, VARIANCE)) {
        inverse = gt_inverse_deviation(tape, variance, epsilon);
        slope = gt_mul(tape, gamma, inverse);
    }
    if (gt_wants(node, X))
        dx[X] = gt_mul_no_nan(tape, slope, dy[0]);
    if (gt_wants(node, GAMMA))
        dx[GAMMA] = with_x;
    if (gt_wants(node, BETA))
        dx[BETA] = sum;
    if (gt_wants(node, MEAN))
        dx[MEAN] = gt_neg(tape, gt_mul_no_nan(tape, slope, sum));
    if (gt_wants(node, VARIANCE))
        dx[VARIANCE] = gt_scale(tape, gt_mul_no_nan(tape, gt_mul(tape, slope, inverse), with_x), -0.5);
}

static const gt_field fields[] = {GT_REAL(gt_epsilon_attributes, epsilon), {0}};

#define CHANNELS(c) GT_NORMAL(c), GT_NORMAL(c), GT_NORMAL(c), GT_UNIFORM(0.5, 2, c)
#define EPSILON(value)                                                                                                 \
    .attributes = &(const gt_epsilon_attributes)                                                                       \
    {                                                                                                                  \
        value                                                                                                          \
    }
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(6, 4), CHANNELS(4)}, EPSILON(1e-3)},
    {.name = "one row", .inputs = {GT_NORMAL(1, 3), CHANNELS(3)}, EPSILON(1e-3)},
    {.name = "images", .inputs = {GT_NORMAL(2, 3, 2, 5), CHANNELS(5)}, EPSILON(1e-5)},
    {.name = "odd tail", .inputs = {GT_NORMAL(3, 37), CHANNELS(37)}, EPSILON(1e-3)},
    {.name = "no rows", .inputs = {GT_NORMAL(0, 3), CHANNELS(3)}, EPSILON(1e-3)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(100, 398), CHANNELS(398)}, EPSILON(1e-3)};

const gt_op gt_op_batch_norm_inference = {
    .name = "batch_norm_inference",
    .inputs = INPUTS,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(X) | GT_KEEPS_INPUT(GAMMA) | GT_KEEPS_INPUT(MEAN) | GT_KEEPS_INPUT(VARIANCE),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_batch_norm_inference(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, gt_tensor *mean,
                                   gt_tensor *variance, double epsilon)
{
    const gt_epsilon_attributes attributes = {epsilon};
    gt_tensor *inputs[INPUTS] = {x, gamma, beta, mean, variance};
    return gt_apply(tape, &gt_op_batch_norm_inference, inputs, INPUTS, &attributes);
}

#else

static gt_status KERNEL(forward)(const gt_call *call)
{
    const gt_operand *input = call->input;
    const int64_t channels = gt_channels_of(input[X].spec);
    REAL *slope = gt_call_scratch(call, (size_t)channels * sizeof *slope);
    if (!slope)
        return GT_ERR_MEMORY;
    const REAL *gamma = input[GAMMA].data;
    gt_channel_inverse(channels, call->input[0].spec->dtype, input[VARIANCE].data,
                       ((const gt_epsilon_attributes *)call->attributes)->epsilon, slope);
    for (int64_t k = 0; k < channels; k++)
        slope[k] *= gamma[k];
    gt_channel_map(input[X].spec, input[X].data, input[MEAN].data, slope, input[BETA].data, false,
                   call->output[0].data);
    return GT_OK;
}

#endif
