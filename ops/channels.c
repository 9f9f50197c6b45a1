/* Sums over all axes but the last. */
#ifndef REAL

#include "ops/channels.h"

#include <math.h>
#include <string.h>

#include "core/elementwise.h"
#include "core/reduction.h"
#include "ops/scalar.h"

#define BLOCK 128 /* rows summed one after another */

int64_t gt_channels_of(const gt_spec *spec)
{
    return spec->shape.dim[spec->shape.rank - 1];
}

int64_t gt_channel_rows(const gt_spec *spec)
{
    gt_shape leading = spec->shape;
    leading.rank--;
    return gt_shape_size(&leading);
}

static int64_t blocks_of(const gt_spec *spec)
{
    return (gt_channel_rows(spec) + BLOCK - 1) / BLOCK;
}

size_t gt_channel_scratch(const gt_spec *spec)
{
    return (size_t)blocks_of(spec) * (size_t)gt_channels_of(spec) * gt_dtype_size(spec->dtype);
}

static gt_status check_epsilon(const gt_infer *call)
{
    double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    if (epsilon >= 0 && isfinite(epsilon))
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: epsilon is %g, 0 or more is expected", call->op->name, epsilon);
}

static gt_status infer_last_axis(const gt_infer *call, int whole, int64_t rank, const char *expected)
{
    const gt_shape *shape = &call->input[0]->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK && shape->rank < rank)
        status = gt_fail(GT_ERR_SHAPE, "%s: input 0 is %s, %s is expected", call->op->name, gt_shape_text(shape).text,
                         expected);
    for (int i = 1; status == GT_OK && i < call->inputs; i++) {
        const gt_shape *given = &call->input[i]->shape;
        status = gt_need_same_dtype(call, 0, i);
        if (status == GT_OK && i < whole)
            status = gt_need_same_shape(call, 0, i);
        else if (status == GT_OK && (given->rank != 1 || given->dim[0] != shape->dim[shape->rank - 1]))
            status = gt_fail(GT_ERR_SHAPE, "%s: input %d is %s, a number for each channel of %s is expected",
                             call->op->name, i, gt_shape_text(given).text, gt_shape_text(shape).text);
    }
    return status == GT_OK ? check_epsilon(call) : status;
}

gt_status gt_infer_channels(const gt_infer *call, int whole)
{
    return infer_last_axis(call, whole, 2, "(batch, ..., channels)");
}

gt_status gt_infer_features(const gt_infer *call, int whole)
{
    return infer_last_axis(call, whole, 1, "(..., features)");
}

gt_tensor *gt_inverse_deviation(gt_tape *tape, gt_tensor *variance, double epsilon)
{
    gt_dtype dtype = gt_tensor_dtype(variance);
    gt_tensor *raised = gt_add(tape, variance, gt_fill(tape, dtype, GT_SCALAR, epsilon));
    return gt_div(tape, gt_fill(tape, dtype, GT_SCALAR, 1), gt_sqrt(tape, raised));
}

typedef struct block_context {
    int64_t rows, channels;
    const void *a, *x, *mean;
    void *partial; /* (blocks, channels) */
} block_context;

typedef struct map_context {
    int64_t channels;
    const void *x, *mean, *slope, *shift;
    bool relu;
    void *y;
} map_context;

#define KERNEL_FILE "ops/channels.c"
#include "core/kernels.h"

void gt_channel_sum(const gt_spec *spec, const void *a, const void *x, const void *mean, double scale, void *scratch,
                    void *sum)
{
    block_context context = {gt_channel_rows(spec), gt_channels_of(spec), a, x, mean, scratch};
    int64_t blocks = blocks_of(spec);
    if (context.channels == 0)
        return;
    gt_parallel(blocks, gt_row_grain(BLOCK * context.channels), GT_PICK(sum_blocks, spec->dtype), &context);
    gt_reduction plan;
    gt_reduction_plan(&plan, &GT_SHAPE(blocks, context.channels), 1);
    gt_reduce_sum(&plan, spec->dtype, context.partial, sum, scale);
}

void gt_channel_map(const gt_spec *spec, const void *x, const void *mean, const void *slope, const void *shift,
                    bool relu, void *y)
{
    map_context context = {gt_channels_of(spec), x, mean, slope, shift, relu, y};
    if (context.channels > 0)
        gt_parallel(gt_channel_rows(spec), gt_row_grain(context.channels), GT_PICK(map_rows, spec->dtype), &context);
}

void gt_channel_inverse(int64_t channels, gt_dtype dtype, const void *variance, double epsilon, void *inverse)
{
    GT_PICK(inverses, dtype)(channels, variance, epsilon, inverse);
}

#else

static void KERNEL(sum_blocks)(void *context, int64_t begin, int64_t end)
{
    const block_context *c = context;
    int64_t channels = c->channels;
    const REAL *mean = c->mean;
    for (int64_t block = begin; block < end; block++) {
        REAL *restrict sum = (REAL *)c->partial + block * channels;
        memset(sum, 0, (size_t)channels * sizeof *sum);
        int64_t last = (block + 1) * BLOCK < c->rows ? (block + 1) * BLOCK : c->rows;
        for (int64_t row = block * BLOCK; row < last; row++) {
            const REAL *x = (const REAL *)c->x + row * channels;
            const REAL *a = c->a ? (const REAL *)c->a + row * channels : NULL;
            if (!mean)
                for (int64_t k = 0; k < channels; k++)
                    sum[k] += x[k];
            else if (!a)
                for (int64_t k = 0; k < channels; k++)
                    sum[k] += (x[k] - mean[k]) * (x[k] - mean[k]);
            else
                for (int64_t k = 0; k < channels; k++)
                    sum[k] += NAMED(gt_mul_no_nan_value)(x[k] - mean[k], a[k]);
        }
    }
}

static void KERNEL(map_rows)(void *context, int64_t begin, int64_t end)
{
    const map_context *c = context;
    const int64_t channels = c->channels;
    const REAL *mean = c->mean, *slope = c->slope, *shift = c->shift;
    const bool relu = c->relu;
    for (int64_t row = begin; row < end; row++) {
        const REAL *x = (const REAL *)c->x + row * channels;
        REAL *restrict y = (REAL *)c->y + row * channels;
        for (int64_t k = 0; k < channels; k++) {
            const REAL value = (x[k] - mean[k]) * slope[k] + shift[k];
            y[k] = relu ? NAMED(gt_relu_value)(value) : value;
        }
    }
}

static void KERNEL(inverses)(int64_t channels, const void *variance, double epsilon, void *inverse)
{
    for (int64_t k = 0; k < channels; k++)
        ((REAL *)inverse)[k] = (REAL)(1 / sqrt((double)((const REAL *)variance)[k] + epsilon));
}

#endif
