/* batch_norm_input_grad: dx = slope (dy - dbeta / n - xhat dgamma / n) with xhat = (x - mean) / sqrt(variance +
 * epsilon) and slope = gamma / sqrt(variance + epsilon), n being the rows: how x acts on y directly and through the
 * batch's mean and variance. dgamma = sum(dy xhat) and dbeta = sum(dy) come in, so that they are summed only once. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/channels.h"
#include "ops/grads.h"
#include "ops/scalar.h"

enum { DY, X, GAMMA, MEAN, VARIANCE, DGAMMA, DBETA, INPUTS };

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[0];
    return gt_infer_channels(call, 2);
}

/* By channels: dx = slope ((dy - shift) - (x - mean) fall); a zero dy gives 0, also where the slope is infinite. */
typedef struct row_context {
    const gt_call *call;
    const void *slope, *shift, *fall;
} row_context;

#define KERNEL_FILE "ops/batch_norm_input_grad.c"
#include "core/kernels.h"

GT_REAL_KERNEL(forward)

/* ---- the vjp, with dz for the cotangent of dx ------------------------------------------------------------------- */

typedef struct parts {
    gt_tape *tape;
    const gt_node *node;
    gt_tensor *dz, *inverse, *slope; /* inverse = 1 / sqrt(variance + epsilon) */
    double n, epsilon;
} parts;

static gt_tensor *over_rows(const parts *p, gt_tensor *x)
{
    return gt_sum_to(p->tape, x, &gt_node_input_spec(p->node, GAMMA)->shape);
}

static gt_tensor *over_n(const parts *p, int input)
{
    return gt_scale(p->tape, gt_node_input(p->node, input), 1 / p->n);
}

/* slope inverse dgamma / n: what dx falls by for each unit of x. */
static gt_tensor *pull(const parts *p)
{
    return gt_mul(p->tape, gt_mul(p->tape, p->slope, p->inverse), over_n(p, DGAMMA));
}

/* sum(dz (dy - dbeta / n)) */
static gt_tensor *direct(const parts *p)
{
    gt_tensor *product = gt_mul(p->tape, p->dz, gt_node_input(p->node, DY));
    return gt_sub(p->tape, over_rows(p, product), gt_mul(p->tape, over_rows(p, p->dz), over_n(p, DBETA)));
}

/* sum(dz xhat) */
static gt_tensor *with_x(const parts *p)
{
    const gt_node *node = p->node;
    return gt_batch_norm_gamma_grad(p->tape, p->dz, gt_node_input(node, X), gt_node_input(node, MEAN),
                                    gt_node_input(node, VARIANCE), p->epsilon);
}

/* Towards what is summed over the rows. */
static void vjp_of_channels(const parts *p, gt_tensor *dx[])
{
    gt_tape *tape = p->tape;
    const bool gamma = gt_wants(p->node, GAMMA), variance = gt_wants(p->node, VARIANCE);
    const bool dgamma = gt_wants(p->node, DGAMMA);
    gt_tensor *along_x = gamma || variance || dgamma ? with_x(p) : NULL;
    gt_tensor *along_dy = gamma || variance ? direct(p) : NULL;
    gt_tensor *fall = gamma || variance ? gt_mul(tape, along_x, over_n(p, DGAMMA)) : NULL;
    if (gamma)
        dx[GAMMA] = gt_mul(tape, p->inverse, gt_sub(tape, along_dy, fall));
    if (variance)
        dx[VARIANCE] = gt_mul(tape, gt_mul(tape, p->slope, gt_square(tape, p->inverse)),
                              gt_sub(tape, fall, gt_scale(tape, along_dy, 0.5)));
    if (dgamma)
        dx[DGAMMA] = gt_mul(tape, along_x, gt_scale(tape, p->slope, -1 / p->n));
    if (gt_wants(p->node, DBETA))
        dx[DBETA] = gt_mul(tape, over_rows(p, p->dz), gt_scale(tape, p->slope, -1 / p->n));
}

/* The inputs count as independent: that mean, variance, dgamma and dbeta follow from x and dy is for the nodes which
 * made them. */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    parts p = {.tape = tape, .node = node, .dz = dy[0]};
    p.n = (double)gt_channel_rows(gt_node_input_spec(node, X));
    p.epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    p.inverse = gt_inverse_deviation(tape, gt_node_input(node, VARIANCE), p.epsilon);
    p.slope = gt_mul(tape, gt_node_input(node, GAMMA), p.inverse);
    gt_tensor *fall = gt_wants(node, X) || gt_wants(node, MEAN) ? pull(&p) : NULL;
    if (gt_wants(node, DY))
        dx[DY] = gt_mul(tape, p.dz, p.slope);
    if (gt_wants(node, X))
        dx[X] = gt_neg(tape, gt_mul(tape, p.dz, fall));
    if (gt_wants(node, MEAN))
        dx[MEAN] = gt_mul(tape, over_rows(&p, p.dz), fall);
    vjp_of_channels(&p, dx);
}

static const gt_field fields[] = {GT_REAL(gt_epsilon_attributes, epsilon), {0}};

#define WHOLE(...)  GT_NORMAL(__VA_ARGS__), GT_NORMAL(__VA_ARGS__)
#define CHANNELS(c) GT_NORMAL(c), GT_NORMAL(c), GT_UNIFORM(0.5, 2, c), GT_NORMAL(c), GT_NORMAL(c)
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
    {.name = "odd tail", .inputs = {WHOLE(3, 37), CHANNELS(37)}, EPSILON(1e-3)},
    {.name = "no rows", .inputs = {WHOLE(0, 3), CHANNELS(3)}, EPSILON(1e-3)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {WHOLE(100, 398), CHANNELS(398)}, EPSILON(1e-3)};

const gt_op gt_op_batch_norm_input_grad = {
    .name = "batch_norm_input_grad",
    .inputs = INPUTS,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(DY) | GT_KEEPS_INPUT(X) | GT_KEEPS_INPUT(GAMMA) | GT_KEEPS_INPUT(MEAN) |
             GT_KEEPS_INPUT(VARIANCE) | GT_KEEPS_INPUT(DGAMMA) | GT_KEEPS_INPUT(DBETA),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_batch_norm_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *gamma, gt_tensor *mean,
                                    gt_tensor *variance, gt_tensor *dgamma, gt_tensor *dbeta, double epsilon)
{
    const gt_epsilon_attributes attributes = {epsilon};
    gt_tensor *inputs[INPUTS] = {dy, x, gamma, mean, variance, dgamma, dbeta};
    return gt_apply(tape, &gt_op_batch_norm_input_grad, inputs, INPUTS, &attributes);
}

#else

static void KERNEL(rows)(void *opaque, int64_t begin, int64_t end)
{
    const row_context *c = opaque;
    const gt_operand *input = c->call->input;
    int64_t channels = gt_channels_of(input[X].spec);
    const REAL *mean = input[MEAN].data, *slope = c->slope, *shift = c->shift, *fall = c->fall;
    for (int64_t row = begin; row < end; row++) {
        const REAL *dy = (const REAL *)input[DY].data + row * channels;
        const REAL *x = (const REAL *)input[X].data + row * channels;
        REAL *restrict dx = (REAL *)c->call->output[0].data + row * channels;
        for (int64_t k = 0; k < channels; k++) {
            const REAL along_x = NAMED(gt_mul_no_nan_value)(x[k] - mean[k], fall[k]);
            dx[k] = NAMED(gt_mul_no_nan_value)(slope[k], (dy[k] - shift[k]) - along_x);
        }
    }
}

static gt_status KERNEL(forward)(const gt_call *call)
{
    const gt_operand *input = call->input;
    int64_t rows = gt_channel_rows(input[X].spec), channels = gt_channels_of(input[X].spec);
    REAL *slope = gt_call_scratch(call, 3 * (size_t)channels * sizeof *slope);
    if (!slope)
        return GT_ERR_MEMORY;
    REAL *shift = slope + channels, *fall = shift + channels, n = (REAL)rows;
    const REAL *gamma = input[GAMMA].data, *dgamma = input[DGAMMA].data, *dbeta = input[DBETA].data;
    gt_channel_inverse(channels, call->input[0].spec->dtype, input[VARIANCE].data,
                       ((const gt_epsilon_attributes *)call->attributes)->epsilon, slope);
    for (int64_t k = 0; k < channels; k++) {
        shift[k] = dbeta[k] / n;
        fall[k] = NAMED(gt_mul_no_nan_value)(slope[k], dgamma[k]) / n;
        slope[k] *= gamma[k];
    }
    row_context context = {call, slope, shift, fall};
    if (channels > 0)
        gt_parallel(rows, gt_row_grain(channels), KERNEL(rows), &context);
    return GT_OK;
}

#endif
