/* batch_norm_gamma_grad: dgamma = sum(dy xhat) over all axes but the last, xhat = (x - mean) / sqrt(variance +
 * epsilon). */
#ifndef REAL

#include "ops/channels.h"
#include "ops/grads.h"
#include "ops/scalar.h"

enum { DY, X, MEAN, VARIANCE, INPUTS };

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[MEAN];
    return gt_infer_channels(call, 2);
}

#define KERNEL_FILE "ops/batch_norm_gamma_grad.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

/* With dz for the cotangent of dgamma, and the inputs taken as independent. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    gt_tensor *inverse = gt_inverse_deviation(tape, gt_node_input(node, VARIANCE), epsilon);
    gt_tensor *slope = gt_mul(tape, dy[0], inverse);
    gt_tensor *given = gt_node_input(node, DY);
    if (gt_wants(node, DY))
        dx[DY] = gt_mul(tape, gt_sub(tape, gt_node_input(node, X), gt_node_input(node, MEAN)), slope);
    if (gt_wants(node, X))
        dx[X] = gt_mul(tape, given, slope);
    if (gt_wants(node, MEAN))
        dx[MEAN] = gt_neg(tape, gt_mul(tape, gt_sum_to(tape, given, &gt_node_input_spec(node, MEAN)->shape), slope));
    if (gt_wants(node, VARIANCE)) {
        gt_tensor *output = gt_node_output(node, 0);
        dx[VARIANCE] = gt_scale(tape, gt_mul(tape, gt_mul(tape, slope, inverse), output), -0.5);
    }
}

static const gt_field fields[] = {GT_REAL(gt_epsilon_attributes, epsilon), {0}};

#define WHOLE(...)  GT_NORMAL(__VA_ARGS__), GT_NORMAL(__VA_ARGS__)
#define CHANNELS(c) GT_NORMAL(c), GT_UNIFORM(0.5, 2, c)
#define EPSILON(value)                                                                                                 \
    .attributes = &(const gt_epsilon_attributes)                                                                       \
    {                                                                                                                  \
        value                                                                                                          \
    }
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {WHOLE(6, 4), CHANNELS(4)}, EPSILON(1e-3)},
    {.name = "one channel", .inputs = {WHOLE(5, 1), CHANNELS(1)}, EPSILON(1e-3)},
    {.name = "one row", .inputs = {WHOLE(1, 3), CHANNELS(3)}, EPSILON(1e-3)},
    {.name = "images", .inputs = {WHOLE(2, 3, 2, 5), CHANNELS(5)}, EPSILON(1e-5)},
    {.name = "blocks of rows", .inputs = {WHOLE(300, 2), CHANNELS(2)}, EPSILON(1e-3)},
    {.name = "odd tail", .inputs = {WHOLE(3, 37), CHANNELS(37)}, EPSILON(1e-3)},
    {.name = "no rows", .inputs = {WHOLE(0, 3), CHANNELS(3)}, EPSILON(1e-3)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {WHOLE(100, 398), CHANNELS(398)}, EPSILON(1e-3)};

const gt_op gt_op_batch_norm_gamma_grad = {
    .name = "batch_norm_gamma_grad",
    .inputs = INPUTS,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps =
        GT_KEEPS_INPUT(DY) | GT_KEEPS_INPUT(X) | GT_KEEPS_INPUT(MEAN) | GT_KEEPS_INPUT(VARIANCE) | GT_KEEPS_OUTPUT(0),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_batch_norm_gamma_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *mean, gt_tensor *variance,
                                    double epsilon)
{
    const gt_epsilon_attributes attributes = {epsilon};
    return gt_apply(tape, &gt_op_batch_norm_gamma_grad, (gt_tensor *[]){dy, x, mean, variance}, INPUTS, &attributes);
}

#else

static gt_status KERNEL(forward)(const gt_call *call)
{
    const gt_operand *input = call->input;
    const gt_spec *spec = input[X].spec;
    int64_t channels = gt_channels_of(spec);
    void *scratch = gt_call_scratch(call, gt_channel_scratch(spec));
    REAL *inverse = gt_call_scratch(call, (size_t)channels * sizeof *inverse);
    if (!scratch || !inverse)
        return GT_ERR_MEMORY;
    REAL *sum = call->output[0].data;
    gt_channel_sum(spec, input[DY].data, input[X].data, input[MEAN].data, 1, scratch, sum);
    gt_channel_inverse(channels, call->input[0].spec->dtype, input[VARIANCE].data,
                       ((const gt_epsilon_attributes *)call->attributes)->epsilon, inverse);
    for (int64_t k = 0; k < channels; k++)
        sum[k] = NAMED(gt_mul_no_nan_value)(inverse[k], sum[k]);
    return GT_OK;
}

#endif
