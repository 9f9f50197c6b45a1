/* conv2d_input_grad: the cotangent of conv2d's images:
 *     dx[n, h, w, c] = sum over i, u with i s + u d - top = h, over j, v with j s + v d - left = w, and over o, of
 *         dy[n, i, j, o] filter[u, v, c, o].
 * It is linear in dy and in the filter; with conv2d and conv2d_filter_grad it is one of three that are each other's
 * derivatives. */
#ifndef REAL

#include <string.h>

#include "core/threads.h"
#include "ops/conv2d_plan.h"
#include "ops/conv2d_samples.h"
#include "ops/gemm.h"
#include "ops/grads.h"

static gt_status infer(const gt_infer *call)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    gt_shape y;
    if (status == GT_OK)
        status = gt_conv2d_output(call, &y);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 0, "cotangents", &y);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 1, "filters", &attributes->filter);
    call->output[0] = (gt_spec){call->input[0]->dtype, attributes->input};
    return status;
}

typedef struct job {
    gt_conv2d_plan plan;
    const void *dy;
    void *filter; /* packed: rows (u, v, out), columns the entries of a run */
    void *line;   /* a bordered row of x for each slot */
    void *dx;
} job;

/* The filter rows that meet one row of x: u = first, first + step, ...; they meet rows i of y that go down evenly. */
typedef struct meeting {
    int64_t first, step, count;
    int64_t i, i_step;
} meeting;

/* `h` counts from the first row of the border. */
static meeting meet(const gt_conv2d_plan *plan, int64_t h)
{
    meeting m = {0};
    for (int64_t u = 0; u < plan->f_h && u * plan->dilation[0] <= h; u++) {
        const int64_t distance = h - u * plan->dilation[0], i = distance / plan->stride[0];
        if (distance % plan->stride[0] != 0 || i >= plan->y_h)
            continue;
        if (m.count == 0) {
            m.first = u;
            m.i = i;
        } else if (m.count == 1) {
            m.step = u - m.first;
            m.i_step = i - m.i;
        }
        m.count++;
    }
    return m;
}

#define KERNEL_FILE "ops/conv2d_input_grad.c"
#include "core/kernels.h"

/* Where windows lie side by side, dx is dy, with a border, correlated with the filter turned round. */
static bool is_correlation(const gt_conv2d_plan *p)
{
    return p->stride[0] == 1 && p->stride[1] == 1 && p->before[0] <= (p->f_h - 1) * p->dilation[0] &&
           p->before[1] <= (p->f_w - 1) * p->dilation[1];
}

static gt_status correlate(const gt_call *call, const gt_conv2d_plan *of)
{
    gt_conv2d_job turned = {.plan = *of,
                            .x = call->input[0].data,
                            .filter = call->input[1].data,
                            .turned = true,
                            .y = call->output[0].data};
    gt_conv2d_plan *p = &turned.plan;
    p->height = of->y_h, p->width = of->y_w, p->in = of->out;
    p->y_h = of->height, p->y_w = of->width, p->out = of->in;
    p->run = p->runs == 1 ? p->f_w * p->in : p->in;
    const int64_t filter[2] = {p->f_h, p->f_w}, dx[2] = {p->y_h, p->y_w};
    for (int axis = 0; axis < 2; axis++) {
        const int64_t reach = (filter[axis] - 1) * p->dilation[axis];
        p->before[axis] = reach - of->before[axis];
        p->padded[axis] = dx[axis] + reach;
    }
    return gt_conv2d_run(call, &turned);
}

static gt_status forward(const gt_call *call)
{
    gt_conv2d_plan plan;
    gt_conv2d_plan_make(&plan, call->attributes);
    if (gt_operand_size(&call->output[0]) == 0)
        return GT_OK;
    return is_correlation(&plan) ? correlate(call, &plan) : GT_PICK(scatter, call->input[0].spec->dtype)(call, &plan);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_conv2d_with(tape, dy[0], gt_node_input(node, 1), attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_conv2d_filter_grad(tape, gt_node_input(node, 0), dy[0], attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL y, GT_NORMAL filter},                                                      \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_CONV2D_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_CONV2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_conv2d_input_grad = {
    .name = "conv2d_input_grad",
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

gt_tensor *gt_conv2d_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *filter, const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_conv2d_input_grad, (gt_tensor *[]){dy, filter}, 2, attributes);
}

#else

/* Adds to a bordered row of image n, `h` from the border's first, what dy sends back to it. A row of dy times a filter
 * row gives as many runs as it has entries; neighbouring runs overlap in the line. */
static void KERNEL(add_row)(const job *all, int64_t n, int64_t h, REAL *line)
{
    const gt_conv2d_plan *p = &all->plan;
    const meeting m = meet(p, h);
    gt_gemm product = {.m = p->y_w,
                       .n = p->run,
                       .k = p->out,
                       .segments = m.count,
                       .a_row = p->out,
                       .a_column = 1,
                       .a_segment = m.i_step * p->y_w * p->out,
                       .b_rows = p->f_h * p->runs * p->out,
                       .b_segment = m.step * p->runs * p->out,
                       .c_row = p->stride[1] * p->in,
                       .add = true};
    const REAL *dy = (const REAL *)all->dy + (n * p->y_h + m.i) * p->y_w * p->out;
    for (int64_t v = 0; m.count > 0 && v < p->runs; v++) {
        product.b_at = (m.first * p->runs + v) * p->out;
        KERNEL(gt_gemm)(&product, dy, all->filter, line + v * p->dilation[1] * p->in);
    }
}

/* Rows [begin, end) of all images of dx. */
static void KERNEL(rows)(void *context, int slot, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    const int64_t length = p->padded[1] * p->in, row = p->width * p->in;
    const int64_t left = p->before[1] < p->padded[1] ? p->before[1] * p->in : length;
    const int64_t inside = length - left < row ? length - left : row;
    REAL *line = (REAL *)all->line + slot * length;
    for (int64_t i = begin; i < end; i++) {
        REAL *dx = (REAL *)all->dx + i * row;
        memset(line, 0, (size_t)length * sizeof(REAL));
        KERNEL(add_row)(all, i / p->height, i % p->height + p->before[0], line);
        memcpy(dx, line + left, (size_t)inside * sizeof(REAL));
        memset(dx + inside, 0, (size_t)(row - inside) * sizeof(REAL));
    }
}

static gt_status KERNEL(scatter)(const gt_call *call, const gt_conv2d_plan *p)
{
    job all = {.plan = *p, .dy = call->input[0].data, .dx = call->output[0].data};
    const int64_t runs = p->f_h * p->runs, packed_rows = runs * p->out;
    const int slots = gt_threads();
    const gt_shape lines = GT_SHAPE(slots, p->padded[1], p->in);
    gt_status status = gt_shape_check(call->op->name, call->input[0].spec->dtype, &lines);
    if (status != GT_OK)
        return status;
    all.filter = gt_call_scratch(call, (size_t)KERNEL(gt_gemm_packed)(packed_rows, p->run) * sizeof(REAL));
    all.line = all.filter ? gt_call_scratch(call, (size_t)(slots * p->padded[1] * p->in) * sizeof(REAL)) : NULL;
    if (!all.line)
        return GT_ERR_MEMORY;
    for (int64_t i = 0; i < runs; i++) {
        const REAL *filter = (const REAL *)call->input[1].data + i * p->run * p->out;
        KERNEL(gt_gemm_pack)(all.filter, packed_rows, i * p->out, filter, 1, p->out, p->out, p->run);
    }
    const double flops = 2.0 * (double)(p->f_h * p->f_w * p->in) * (double)p->y_w * (double)p->out;
    gt_parallel_slots(p->images * p->height, gt_gemm_grain(flops), slots, KERNEL(rows), &all);
    return GT_OK;
}

#endif
