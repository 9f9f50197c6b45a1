/* layer_norm_input_grad: dx = s (g - mean(g) - xhat mean(g xhat)) with g = gamma dy, s = 1 / sqrt(variance + epsilon)
 * and xhat = (x - mean) s, row by row of the last axis: J g, J the symmetric Jacobian of xhat towards x. Mean and
 * variance are found again, since the row is in the cache anyway. */
#ifndef REAL

#include <math.h>

#include "core/elementwise.h"
#include "ops/channels.h"
#include "ops/grads.h"
#include "ops/layer_norm_parts.h"
#include "ops/scalar.h"

enum { DY, X, GAMMA, INPUTS };

static gt_status infer(const gt_infer *call)
{
    call->output[0] = *call->input[DY];
    return gt_infer_features(call, 2);
}

#define KERNEL_FILE "ops/layer_norm_input_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    const gt_spec *spec = call->output[0].spec;
    const int64_t n = gt_channels_of(spec);
    if (n > 0)
        gt_parallel(gt_channel_rows(spec), gt_row_grain(n), GT_PICK(rows, spec->dtype), (void *)call);
    return GT_OK;
}

/* ---- the vjp, with dz for the cotangent of dx ------------------------------------------------------------------- */

static gt_tensor *row_means(gt_tape *tape, gt_tensor *x)
{
    return gt_mean(tape, x, &(gt_axes){.count = 1, .axis = {-1}, .keepdims = true});
}

/* Towards x. dz J g is n s c with c = mean(dz g) - mean(dz) mean(g) - a b, a = mean(g xhat), b = mean(dz xhat); and
 * n ds/dx = -s^2 xhat, n da/dx = J g, n db/dx = J dz. So it is -(s^2 c xhat + s (a J dz + b J g)). */
static gt_tensor *towards_x(gt_tape *tape, const gt_node *node, gt_tensor *dz, gt_tensor *ones, gt_tensor *along_dz)
{
    const double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    gt_tensor *x = gt_node_input(node, X);
    gt_tensor *g = gt_mul(tape, gt_node_input(node, DY), gt_node_input(node, GAMMA));
    gt_tensor *xhat = gt_layer_norm(tape, x, ones, gt_scale(tape, ones, 0), epsilon);
    gt_tensor *variance = gt_var(tape, x, &(gt_axes){.count = 1, .axis = {-1}, .keepdims = true});
    gt_tensor *s = gt_inverse_deviation(tape, variance, epsilon);
    gt_tensor *a = row_means(tape, gt_mul(tape, g, xhat)), *b = row_means(tape, gt_mul(tape, dz, xhat));
    gt_tensor *both = row_means(tape, gt_mul(tape, g, gt_sub(tape, dz, row_means(tape, dz))));
    gt_tensor *c = gt_sub(tape, both, gt_mul(tape, a, b));
    gt_tensor *by_s = gt_mul(tape, gt_mul(tape, s, c), xhat);
    gt_tensor *by_xhat = gt_add(tape, gt_mul(tape, a, along_dz), gt_mul(tape, b, gt_node_output(node, 0)));
    return gt_neg(tape, gt_mul(tape, s, gt_add(tape, by_s, by_xhat)));
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    const gt_spec *gamma = gt_node_input_spec(node, GAMMA);
    gt_tensor *ones = gt_fill(tape, gamma->dtype, gamma->shape, 1);
    gt_tensor *along_dz = gt_layer_norm_input_grad(tape, dy[0], gt_node_input(node, X), ones, epsilon);
    if (gt_wants(node, DY))
        dx[DY] = gt_mul(tape, along_dz, gt_node_input(node, GAMMA));
    if (gt_wants(node, X))
        dx[X] = towards_x(tape, node, dy[0], ones, along_dz);
    if (gt_wants(node, GAMMA))
        dx[GAMMA] = gt_sum_to(tape, gt_mul(tape, along_dz, gt_node_input(node, DY)), &gamma->shape);
}

#define WHOLE(...) GT_NORMAL(__VA_ARGS__), GT_NORMAL(__VA_ARGS__)
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {WHOLE(6, 4), GT_NORMAL(4)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "vector", .inputs = {WHOLE(5), GT_NORMAL(5)}, GT_LAYER_NORM_EPSILON(1e-3)},
    /* xhat is 0 whatever x is, and so is every derivative. */
    {.name = "one feature", .inputs = {WHOLE(5, 1), GT_NORMAL(1)}, GT_LAYER_NORM_EPSILON(1e-3), .forward_only = true},
    {.name = "images", .inputs = {WHOLE(2, 3, 2, 5), GT_NORMAL(5)}, GT_LAYER_NORM_EPSILON(1e-5)},
    {.name = "odd tail", .inputs = {WHOLE(3, 37), GT_NORMAL(37)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "past a block", .inputs = {WHOLE(1, 1031), GT_NORMAL(1031)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "no features", .inputs = {WHOLE(3, 0), GT_NORMAL(0)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "no rows", .inputs = {WHOLE(0, 3), GT_NORMAL(3)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {WHOLE(512, 512), GT_NORMAL(512)}, GT_LAYER_NORM_EPSILON(1e-3)};

const gt_op gt_op_layer_norm_input_grad = {
    .name = "layer_norm_input_grad",
    .inputs = INPUTS,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(DY) | GT_KEEPS_INPUT(X) | GT_KEEPS_INPUT(GAMMA) | GT_KEEPS_OUTPUT(0),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = gt_layer_norm_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_layer_norm_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, gt_tensor *gamma, double epsilon)
{
    const gt_epsilon_attributes attributes = {epsilon};
    return gt_apply(tape, &gt_op_layer_norm_input_grad, (gt_tensor *[]){dy, x, gamma}, INPUTS, &attributes);
}

#else

#include "core/vector.h"
#include "ops/layer_norm_row.h"

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_call *call = context;
    const int64_t n = gt_channels_of(call->output[0].spec);
    const double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const REAL *gamma = call->input[GAMMA].data;
    for (int64_t row = begin; row < end; row++) {
        const REAL *dy = (const REAL *)call->input[DY].data + row * n, *x = (const REAL *)call->input[X].data + row * n;
        REAL *restrict dx = (REAL *)call->output[0].data + row * n;
        REAL mean, inverse;
        KERNEL(row_moments)(x, n, epsilon, &mean, &inverse);
        for (int64_t k = 0; k < n; k++)
            dx[k] = x[k] - mean;
        const REAL shift = (REAL)(KERNEL(row_products)(dy, gamma, NULL, n) / (double)n);
        const REAL inner = (REAL)(KERNEL(row_products)(dy, gamma, dx, n) / (double)n);
        /* A zero cotangent gives 0, also where the deviation is 0 and epsilon as well. */
        const REAL fall = NAMED(gt_mul_no_nan_value)(inverse, NAMED(gt_mul_no_nan_value)(inverse, inner));
        /* Rounded as in the mean, so that a row of equal products gives 0: in one expression the product would not be.
         */
        for (int64_t k = 0; k < n; k++)
            dx[k] = dy[k] * gamma[k];
        for (int64_t k = 0; k < n; k++) {
            const REAL along_x = NAMED(gt_mul_no_nan_value)(x[k] - mean, fall);
            dx[k] = NAMED(gt_mul_no_nan_value)(inverse, (dx[k] - shift) - along_x);
        }
    }
}

#endif
