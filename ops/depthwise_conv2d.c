/* depthwise_conv2d: each channel of the images with filters of its own, (f_h, f_w, in, multiplier):
 *     y[n, i, j, c multiplier + m] = sum over u, v of x[n, i s + u d - top, j s + v d - left, c] filter[u, v, c, m],
 * s and d the strides and dilations of the two axes, x zero outside the image. Howard et al., "MobileNets", 2017. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/depthwise_plan.h"
#include "ops/depthwise_samples.h"
#include "ops/grads.h"

static gt_status infer(const gt_infer *call)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 0, "images", &attributes->input);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 1, "filters", &attributes->filter);
    call->output[0].dtype = call->input[0]->dtype;
    return status == GT_OK ? gt_depthwise_output(call, &call->output[0].shape) : status;
}

typedef struct job {
    gt_conv2d_plan plan;
    const void *x, *filter;
    void *y;
    char *lines; /* the rows of x under a row of y, for each slot */
    size_t bytes;
} job;

#define KERNEL_FILE "ops/depthwise_conv2d.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    job all = {.x = call->input[0].data, .filter = call->input[1].data, .y = call->output[0].data};
    gt_conv2d_plan_make(&all.plan, call->attributes);
    const gt_conv2d_plan *p = &all.plan;
    const int slots = gt_threads();
    const gt_dtype dtype = call->input[0].spec->dtype;
    gt_status status = gt_depthwise_lines(call, p, p->f_h, slots, &all.bytes);
    if (status != GT_OK || gt_operand_size(&call->output[0]) == 0)
        return status;
    all.lines = gt_call_scratch(call, (size_t)slots * all.bytes);
    if (!all.lines)
        return GT_ERR_MEMORY;
    const int64_t channels = p->in * p->out;
    gt_parallel_slots(p->images * p->y_h, gt_row_grain(p->y_w * channels * p->f_h * p->f_w), slots,
                      GT_PICK_FOR(rows, dtype, channels), &all);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_depthwise_conv2d_input_grad(tape, dy[0], gt_node_input(node, 1), attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_depthwise_conv2d_filter_grad(tape, dy[0], gt_node_input(node, 0), attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x, GT_NORMAL filter},                                                      \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_DEPTHWISE_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_DEPTHWISE_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_depthwise_conv2d = {
    .name = "depthwise_conv2d",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_conv2d_attributes),
    .fields = gt_conv2d_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_depthwise_conv2d_with(gt_tape *tape, gt_tensor *x, gt_tensor *filter,
                                    const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_depthwise_conv2d, (gt_tensor *[]){x, filter}, 2, attributes);
}

gt_tensor *gt_depthwise_conv2d(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options)
{
    if (options && options->groups != 0)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "depthwise_conv2d: groups is %lld: each channel is one already",
                            (long long)options->groups);
    return gt_conv2d_apply(tape, &gt_op_depthwise_conv2d, (gt_tensor *[]){x, filter}, options);
}

#else

#include "core/vector.h"
#include "ops/depthwise_lines.h"
#include "ops/depthwise_sum.h"

/* A row of y, from the lines of x under it: the filter's rows from `first` on. */
static void KERNEL(row)(const job *all, gt_depthwise_grid *grid, const REAL *lines, int64_t first, REAL *y)
{
    const gt_conv2d_plan *p = &all->plan;
    const int64_t channels = p->in * p->out;
    for (int64_t j = 0; j < p->y_w; j++) {
        const int64_t left = j * p->stride[1] - p->before[1];
        const gt_depthwise_taps v = gt_depthwise_taps_on(left, p->f_w, p->dilation[1], p->width);
        const int64_t column = v.end > 0 ? left + v.begin * p->dilation[1] : 0;
        const REAL *filter = (const REAL *)all->filter + (first * p->f_w + v.begin) * channels;
        grid->columns = v.end - v.begin;
        KERNEL(sum_grid)(grid, lines + column * channels, filter, channels, y + j * channels);
    }
}

/* Rows [begin, end) of all images of y. */
static void KERNEL(rows)(void *context, int slot, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    const int64_t channels = p->in * p->out;
    REAL *buffer = (REAL *)(all->lines + (size_t)slot * all->bytes);
    for (int64_t i = begin; i < end; i++) {
        const REAL *image = (const REAL *)all->x + i / p->y_h * p->height * p->width * p->in;
        const int64_t top = i % p->y_h * p->stride[0] - p->before[0];
        const gt_depthwise_taps u = gt_depthwise_taps_on(top, p->f_h, p->dilation[0], p->height);
        gt_depthwise_grid grid = {.rows = u.end - u.begin,
                                  .a_column = p->dilation[1] * channels,
                                  .b_row = p->f_w * channels,
                                  .b_column = channels};
        const int64_t first = u.end > 0 ? top + u.begin * p->dilation[0] : 0;
        const REAL *lines = KERNEL(lines_of)(p, image, first, p->dilation[0], grid.rows, buffer, &grid.a_row);
        KERNEL(row)(all, &grid, lines, u.begin, (REAL *)all->y + i * p->y_w * channels);
    }
}

#endif
