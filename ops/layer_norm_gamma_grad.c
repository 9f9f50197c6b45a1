/* layer_norm_gamma_grad: dgamma = sum(dy xhat) over all axes but the last, xhat = (x - mean) / sqrt(variance + epsilon)
 * by the mean and variance of each row. In blocks of rows, whose sums are added pairwise. */
#ifndef REAL

#include <math.h>
#include <string.h>

#include "core/elementwise.h"
#include "core/reduction.h"
#include "ops/channels.h"
#include "ops/grads.h"
#include "ops/layer_norm_parts.h"
#include "ops/scalar.h"

#define BLOCK 32 /* rows summed one after another */

enum { DY, X, INPUTS };

static gt_status infer(const gt_infer *call)
{
    const gt_shape *x = &call->input[X]->shape;
    gt_status status = gt_infer_features(call, 2);
    if (status == GT_OK)
        call->output[0] = (gt_spec){call->input[X]->dtype, GT_SHAPE(x->dim[x->rank - 1])};
    return status;
}

typedef struct block_context {
    const gt_call *call;
    void *partial; /* (blocks, features) */
} block_context;

#define KERNEL_FILE "ops/layer_norm_gamma_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    const gt_spec *spec = call->input[X].spec;
    const int64_t n = gt_channels_of(spec), blocks = (gt_channel_rows(spec) + BLOCK - 1) / BLOCK;
    block_context context = {call, gt_call_scratch(call, (size_t)(blocks * n) * gt_dtype_size(spec->dtype))};
    if (!context.partial)
        return GT_ERR_MEMORY;
    if (n == 0)
        return GT_OK;
    gt_parallel(blocks, gt_row_grain(BLOCK * n), GT_PICK(sum_blocks, spec->dtype), &context);
    gt_reduction plan;
    gt_reduction_plan(&plan, &GT_SHAPE(blocks, n), 1);
    gt_reduce_sum(&plan, spec->dtype, context.partial, call->output[0].data, 1);
    return GT_OK;
}

/* With dz for the cotangent of dgamma: towards dy dz xhat, a layer_norm; towards x what dz dy sends back through xhat.
 */
static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const double epsilon = ((const gt_epsilon_attributes *)gt_node_attributes(node))->epsilon;
    gt_tensor *dz = dy[0], *x = gt_node_input(node, X);
    if (gt_wants(node, DY))
        dx[DY] = gt_layer_norm(tape, x, dz, gt_scale(tape, dz, 0), epsilon);
    if (gt_wants(node, X))
        dx[X] = gt_layer_norm_input_grad(tape, gt_node_input(node, DY), x, dz, epsilon);
}

#define WHOLE(...) GT_NORMAL(__VA_ARGS__), GT_NORMAL(__VA_ARGS__)
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {WHOLE(6, 4)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "vector", .inputs = {WHOLE(5)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "one feature", .inputs = {WHOLE(5, 1)}, GT_LAYER_NORM_EPSILON(1e-3), .forward_only = true},
    {.name = "images", .inputs = {WHOLE(2, 3, 2, 5)}, GT_LAYER_NORM_EPSILON(1e-5)},
    {.name = "blocks of rows", .inputs = {WHOLE(70, 2)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "odd tail", .inputs = {WHOLE(3, 37)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "no features", .inputs = {WHOLE(3, 0)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {.name = "no rows", .inputs = {WHOLE(0, 3)}, GT_LAYER_NORM_EPSILON(1e-3)},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {WHOLE(512, 512)}, GT_LAYER_NORM_EPSILON(1e-3)};

const gt_op gt_op_layer_norm_gamma_grad = {
    .name = "layer_norm_gamma_grad",
    .inputs = INPUTS,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(DY) | GT_KEEPS_INPUT(X),
    .attribute_size = sizeof(gt_epsilon_attributes),
    .fields = gt_layer_norm_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_layer_norm_gamma_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double epsilon)
{
    const gt_epsilon_attributes attributes = {epsilon};
    return gt_apply(tape, &gt_op_layer_norm_gamma_grad, (gt_tensor *[]){dy, x}, INPUTS, &attributes);
}

#else

#include "core/vector.h"
#include "ops/layer_norm_row.h"

static void KERNEL(sum_blocks)(void *opaque, int64_t begin, int64_t end)
{
    const block_context *c = opaque;
    const gt_operand *input = c->call->input;
    const int64_t n = gt_channels_of(input[X].spec), rows = gt_channel_rows(input[X].spec);
    const double epsilon = ((const gt_epsilon_attributes *)c->call->attributes)->epsilon;
    for (int64_t block = begin; block < end; block++) {
        REAL *restrict sum = (REAL *)c->partial + block * n;
        memset(sum, 0, (size_t)n * sizeof *sum);
        const int64_t last = (block + 1) * BLOCK < rows ? (block + 1) * BLOCK : rows;
        for (int64_t row = block * BLOCK; row < last; row++) {
            const REAL *dy = (const REAL *)input[DY].data + row * n, *x = (const REAL *)input[X].data + row * n;
            REAL mean, inverse;
            KERNEL(row_moments)(x, n, epsilon, &mean, &inverse);
            for (int64_t k = 0; k < n; k++)
                sum[k] += NAMED(gt_mul_no_nan_value)((x[k] - mean) * inverse, dy[k]);
        }
    }
}

#endif
