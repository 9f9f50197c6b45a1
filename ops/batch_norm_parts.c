/* Batch normalisation in training: shape rule, the two passes for mean and variance and the one for y, derivatives. */
#ifndef REAL

#include "ops/batch_norm_parts.h"

#include "ops/channels.h"
#include "ops/grads.h"

gt_status gt_infer_batch_norm(const gt_infer *call)
{
    gt_status status = gt_infer_channels(call, 1);
    if (status != GT_OK)
        return status;
    const gt_spec *x = call->input[0];
    if (gt_channel_rows(x) == 0)
        return gt_fail(GT_ERR_SHAPE, "%s: the batch is empty: %s", call->op->name, gt_shape_text(&x->shape).text);
    call->output[0] = *x;
    call->output[1] = call->output[2] = *call->input[1];
    return GT_OK;
}

#define KERNEL_FILE "ops/batch_norm_parts.c"
#include "core/kernels.h"

gt_status gt_batch_norm_run(const gt_call *call, bool relu)
{
    return GT_PICK(run, call->input[0].spec->dtype)(call, relu);
}

/* What the mean and the variance, where something used them, add to the gradient of x: dmean / n and
 * 2 (x - mean) dvariance / n. Returns `dx` (may be NULL) with that added. */
static gt_tensor *add_moments(gt_tape *tape, const gt_node *node, gt_tensor *const dz[], gt_tensor *dx)
{
    const gt_spec *spec = gt_node_input_spec(node, 0);
    double n = (double)gt_channel_rows(spec);
    if (dz[2]) {
        gt_tensor *centred = gt_sub(tape, gt_node_input(node, 0), gt_node_output(node, 1));
        gt_tensor *part = gt_mul(tape, centred, gt_scale(tape, dz[2], 2 / n));
        dx = dx ? gt_add(tape, dx, part) : part;
    }
    if (dz[1]) {
        gt_tensor *part = gt_scale(tape, dz[1], 1 / n);
        dx = dx ? gt_add(tape, dx, part) : gt_broadcast_to(tape, part, spec->shape);
    }
    return dx;
}

/* dgamma and dbeta are also the sums that dx needs. */
void gt_batch_norm_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dz[], gt_tensor *dx[])
{
    double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    gt_tensor *x = gt_node_input(node, 0), *gamma = gt_node_input(node, 1);
    gt_tensor *mean = gt_node_output(node, 1), *variance = gt_node_output(node, 2);
    gt_tensor *dgamma = NULL, *dbeta = NULL;
    if (dz[0] && (gt_wants(node, 0) || gt_wants(node, 1)))
        dgamma = gt_batch_norm_gamma_grad(tape, dz[0], x, mean, variance, epsilon);
    if (dz[0] && (gt_wants(node, 0) || gt_wants(node, 2)))
        dbeta = gt_sum_to(tape, dz[0], &gt_node_input_spec(node, 2)->shape);
    if (dz[0] && gt_wants(node, 0))
        dx[0] = gt_batch_norm_input_grad(tape, dz[0], x, gamma, mean, variance, dgamma, dbeta, epsilon);
    if (gt_wants(node, 0))
        dx[0] = add_moments(tape, node, dz, dx[0]);
    if (gt_wants(node, 1))
        dx[1] = dgamma;
    if (gt_wants(node, 2))
        dx[2] = dbeta;
}

gt_tensor *gt_batch_norm_apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], double epsilon,
                               gt_tensor **mean, gt_tensor **variance)
{
    const gt_epsilon_attributes attributes = {epsilon};
    gt_tensor *outputs[3] = {NULL};
    gt_apply_all(tape, op, inputs, 3, &attributes, outputs);
    if (mean)
        *mean = outputs[1];
    if (variance)
        *variance = outputs[2];
    return outputs[0];
}

const gt_field gt_batch_norm_fields[] = {GT_REAL(gt_epsilon_attributes, epsilon), {0}};

#define EPSILON(value)                                                                                                 \
    .attributes = &(const gt_epsilon_attributes)                                                                       \
    {                                                                                                                  \
        value                                                                                                          \
    }
const gt_sample gt_batch_norm_samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(6, 4), GT_NORMAL(4), GT_NORMAL(4)}, EPSILON(1e-3)},
    {.name = "one channel", .inputs = {GT_NORMAL(5, 1), GT_NORMAL(1), GT_NORMAL(1)}, EPSILON(1e-3)},
    /* The variance is 0: y is beta, whatever gamma is. */
    {.name = "one row", .inputs = {GT_NORMAL(1, 3), GT_NORMAL(3), GT_NORMAL(3)}, EPSILON(1e-3), .zero_gradient = 2},
    {.name = "images", .inputs = {GT_NORMAL(2, 3, 2, 5), GT_NORMAL(5), GT_NORMAL(5)}, EPSILON(1e-5)},
    {.name = "blocks of rows", .inputs = {GT_NORMAL(300, 2), GT_NORMAL(2), GT_NORMAL(2)}, EPSILON(1e-3)},
    {.name = "odd tail", .inputs = {GT_NORMAL(3, 37), GT_NORMAL(37), GT_NORMAL(37)}, EPSILON(1e-3)},
    {.name = "no channels", .inputs = {GT_NORMAL(3, 0), GT_NORMAL(0), GT_NORMAL(0)}, EPSILON(1e-3)},
    {0},
};
const gt_sample gt_batch_norm_workload = {
    .name = "workload", .inputs = {GT_NORMAL(100, 398), GT_NORMAL(398), GT_NORMAL(398)}, EPSILON(1e-3)};

#else

static gt_status KERNEL(run)(const gt_call *call, bool relu)
{
    const gt_spec *spec = call->input[0].spec;
    int64_t rows = gt_channel_rows(spec), channels = gt_channels_of(spec);
    void *scratch = gt_call_scratch(call, gt_channel_scratch(spec));
    REAL *slope = gt_call_scratch(call, (size_t)channels * sizeof *slope);
    if (!scratch || !slope)
        return GT_ERR_MEMORY;
    const REAL *x = call->input[0].data, *gamma = call->input[1].data;
    REAL *mean = call->output[1].data, *variance = call->output[2].data, scale = 1 / (REAL)rows;
    gt_channel_sum(spec, NULL, x, NULL, scale, scratch, mean);
    gt_channel_sum(spec, NULL, x, mean, scale, scratch, variance);
    gt_channel_inverse(channels, call->input[0].spec->dtype, variance,
                       ((const gt_epsilon_attributes *)call->attributes)->epsilon, slope);
    for (int64_t k = 0; k < channels; k++)
        slope[k] *= gamma[k];
    gt_channel_map(spec, x, mean, slope, call->input[2].data, relu, call->output[0].data);
    return GT_OK;
}

#endif
