/* conv2d: cross-correlation of images with filters, without bias:
 *     y[n, i, j, o] = sum over u, v, c of x[n, i s + u d - top, j s + v d - left, c] filter[u, v, c, o],
 * s and d the strides and dilations of the two axes, x zero outside the image. A filter row meets a run of f_w c
 * neighbours in memory, so an output row is one matrix product, without gathering patches. */
#ifndef REAL

#include "core/threads.h"
#include "ops/conv2d_plan.h"
#include "ops/conv2d_samples.h"
#include "ops/gemm.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/window.h"

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
    return status == GT_OK ? gt_conv2d_output(call, &call->output[0].shape) : status;
}

typedef struct job {
    gt_conv2d_plan plan;
    gt_conv2d_bordered x;
    void *filter; /* (f_h f_w in, out), packed */
    void *y;
} job;

#define REAL_FILE "ops/conv2d.c"
#include "core/real.h"
GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_conv2d_input_grad(tape, dy[0], gt_node_input(node, 1), attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_conv2d_filter_grad(tape, dy[0], gt_node_input(node, 0), attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL x, GT_NORMAL filter},                                                      \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_CONV2D_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_CONV2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_conv2d = {
    .name = "conv2d",
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

gt_tensor *gt_conv2d_with(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_conv2d, (gt_tensor *[]){x, filter}, 2, attributes);
}

gt_tensor *gt_conv2d(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options)
{
    const gt_conv2d_options given = options ? *options : (gt_conv2d_options){0};
    gt_conv2d_attributes attributes = {.before = {given.top, given.left},
                                       .after = {given.bottom, given.right},
                                       .input = gt_tensor_shape(x),
                                       .filter = gt_tensor_shape(filter)};
    if (!gt_padding_check(tape, "conv2d", given.padding, attributes.before, attributes.after))
        return NULL;
    for (int axis = 0; axis < 2; axis++) {
        gt_window window = {.size = attributes.input.dim[1 + axis],
                            .entries = attributes.filter.dim[axis],
                            .dilation = given.dilation[axis] ? given.dilation[axis] : 1,
                            .stride = given.stride[axis] ? given.stride[axis] : 1,
                            .before = attributes.before[axis],
                            .after = attributes.after[axis]};
        gt_window_pad(&window, given.padding);
        attributes.dilation[axis] = window.dilation;
        attributes.stride[axis] = window.stride;
        attributes.before[axis] = window.before;
        attributes.after[axis] = window.after;
    }
    return gt_conv2d_with(tape, x, filter, &attributes);
}

#else

#define PANEL GT_GEMM_PANEL(REAL)

/* Rows [begin, end) of all images of y. */
static void NAMED(rows)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    const bool whole_rows = p->runs == 1;
    /* One product sums over the filter's rows, or, where columns are dilated, over one row's runs. */
    gt_gemm product = {.m = p->y_w,
                       .n = p->out,
                       .k = p->run,
                       .segments = whole_rows ? p->f_h : p->runs,
                       .a_row = p->stride[1] * p->in,
                       .a_column = 1,
                       .a_segment = whole_rows ? p->dilation[0] * all->x.row : p->dilation[1] * p->in,
                       .b_row = PANEL,
                       .b_panel = p->f_h * p->f_w * p->in * PANEL,
                       .b_segment = p->run * PANEL,
                       .c_row = p->out};
    for (int64_t row = begin; row < end; row++) {
        const REAL *x =
            (const REAL *)all->x.values + row / p->y_h * all->x.image + row % p->y_h * p->stride[0] * all->x.row;
        REAL *y = (REAL *)all->y + row * p->y_w * p->out;
        for (int64_t u = 0; u < (whole_rows ? 1 : p->f_h); u++) {
            product.add = u > 0;
            const REAL *filter = (const REAL *)all->filter + u * p->f_w * p->in * PANEL;
            NAMED(gt_gemm)(&product, x + u * p->dilation[0] * all->x.row, filter, y);
        }
    }
}

static gt_status NAMED(forward)(const gt_call *call)
{
    job all = {.y = call->output[0].data};
    gt_conv2d_plan *p = &all.plan;
    gt_conv2d_plan_make(p, call->attributes);
    if (p->images == 0 || p->out == 0)
        return GT_OK;
    const int64_t inner = p->f_h * p->f_w * p->in;
    all.filter = gt_call_scratch(call, (size_t)NAMED(gt_gemm_packed)(inner, p->out) * sizeof(REAL));
    if (!all.filter)
        return GT_ERR_MEMORY;
    gt_status status = NAMED(gt_conv2d_border)(call, p, call->input[0].data, &all.x);
    if (status != GT_OK)
        return status;
    NAMED(gt_gemm_pack)(all.filter, call->input[1].data, p->out, 1, inner, p->out);
    const double flops = 2.0 * (double)inner * (double)p->y_w * (double)p->out;
    gt_parallel(p->images * p->y_h, gt_gemm_grain(flops), NAMED(rows), &all);
    return GT_OK;
}

#undef PANEL

#endif
