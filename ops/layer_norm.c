/* layer_norm: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, with mean and biased variance of each row of the
 * last axis, in two passes. Ba, Kiros, Hinton, "Layer normalization", 2016. */
#ifndef REAL

#include <math.h>

#include "core/elementwise.h"
#include "ops/channels.h"
#include "ops/grads.h"
#include "ops/layer_norm_parts.h"

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[0];
    return gt_infer_features(call, 1);
}

#define KERNEL_FILE "ops/layer_norm.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    const gt_spec *spec = call->output[0].spec;
    const int64_t n = gt_channels_of(spec);
    if (n > 0)
        gt_parallel(gt_channel_rows(spec), gt_row_grain(n), GT_PICK(rows, spec->dtype), (void *)call);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    gt_tensor *x = gt_node_input(node, 0);
    if (gt_wants(node, 0))
        dx[0] = gt_layer_norm_input_grad(tape, dy[0], x, gt_node_input(node, 1), epsilon);
    if (gt_wants(node, 1))
        dx[1] = gt_layer_norm_gamma_grad(tape, dy[0], x, epsilon);
    if (gt_wants(node, 2))
        dx[2] = gt_sum_to(tape, dy[0], &gt_node_input_spec(node, 2)->shape);
}

const gt_field gt_layer_norm_fields[] = {GT_REAL(gt_epsilon_attributes, epsilon), {0}};

#define FEATURES(n) GT_NORMAL(n), GT_NORMAL(n)
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(6, 4), FEATURES(4)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "vector", .inputs = {GT_NORMAL(5), FEATURES(5)}, GT_LAYER_NORM_EPSILON(1e-3)},
    /* The variance is 0: y is beta, whatever x and gamma are. */
    {.name = "one feature", .inputs = {GT_NORMAL(5, 1), FEATURES(1)}, GT_LAYER_NORM_EPSILON(1e-3), .zero_gradient = 3},
    {.name = "images", .inputs = {GT_NORMAL(2, 3, 2, 5), FEATURES(5)}, GT_LAYER_NORM_EPSILON(1e-5)},
    {.name = "odd tail", .inputs = {GT_NORMAL(3, 37), FEATURES(37)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "past a block", .inputs = {GT_NORMAL(1, 1031), FEATURES(1031)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "no features", .inputs = {GT_NORMAL(3, 0), FEATURES(0)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "no rows", .inputs = {GT_NORMAL(0, 3), FEATURES(3)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(512, 512), FEATURES(512)}, GT_LAYER_NORM_EPSILON(1e-3)};

const gt_op gt_op_layer_norm = {
    .name = "layer_norm",
    .inputs = 3,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = gt_layer_norm_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_layer_norm(gt_tape *tape, gt_tensor *x, gt_tensor *gamma, gt_tensor *beta, double epsilon)
{
    const gt_epsilon_attributes attributes = {epsilon};
    return gt_apply(tape, &gt_op_layer_norm, (gt_tensor *[]){x, gamma, beta}, 3, &attributes);
}

#else

#include "core/vector.h"
#include "ops/layer_norm_row.h"

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_call *call = context;
    const int64_t n = gt_channels_of(call->output[0].spec);
    const double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const REAL *gamma = call->input[1].data, *beta = call->input[2].data;
    for (int64_t row = begin; row < end; row++) {
        const REAL *x = (const REAL *)call->input[0].data + row * n;
        REAL *restrict y = (REAL *)call->output[0].data + row * n;
        REAL mean, inverse;
        KERNEL(row_moments)(x, n, epsilon, &mean, &inverse);
        for (int64_t k = 0; k < n; k++)
            y[k] = (x[k] - mean) * inverse * gamma[k] + beta[k];
    }
}

#endif
