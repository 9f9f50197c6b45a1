/* depthwise_conv2d_input_grad: the cotangent of depthwise_conv2d's images:
 *     dx[n, h, w, c] = sum over i, u with i s + u d - top = h, over j, v with j s + v d - left = w, and over m, of
 *         dy[n, i, j, c multiplier + m] filter[u, v, c, m].
 * With depthwise_conv2d and depthwise_conv2d_filter_grad it is one of three that are each other's derivatives. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/depthwise_plan.h"
#include "ops/depthwise_samples.h"
#include "ops/grads.h"

static gt_status infer(const gt_infer *call)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    return gt_infer_depthwise_grad(call, "filters", &attributes->filter, &attributes->input);
}

typedef struct job {
    gt_conv2d_plan plan;
    const void *dy, *filter;
    void *dx;
    gt_depthwise_meeting *columns; /* for each column of x */
    char *pixels;                  /* what the outputs of each channel send back to a pixel, for each slot */
    size_t bytes;
} job;

#define KERNEL_FILE "ops/depthwise_conv2d_input_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    job all = {.dy = call->input[0].data, .filter = call->input[1].data, .dx = call->output[0].data};
    gt_conv2d_plan_make(&all.plan, call->attributes);
    const gt_conv2d_plan *p = &all.plan;
    if (gt_operand_size(&call->output[0]) == 0)
        return GT_OK;
    const int slots = gt_threads();
    const gt_dtype dtype = call->input[0].spec->dtype;
    const int64_t channels = p->in * p->out;
    all.bytes = p->out == 1 ? 0 : (size_t)channels * gt_dtype_size(dtype);
    all.columns = gt_call_scratch(call, (size_t)p->width * sizeof *all.columns);
    all.pixels = all.columns ? gt_call_scratch(call, (size_t)slots * all.bytes) : NULL;
    if (!all.pixels)
        return GT_ERR_MEMORY;
    for (int64_t w = 0; w < p->width; w++)
        all.columns[w] = gt_depthwise_meet(w + p->before[1], p->f_w, p->dilation[1], p->stride[1], p->y_w);
    gt_parallel_slots(p->images * p->height, gt_row_grain(p->y_w * channels * p->f_h * p->f_w), slots,
                      GT_PICK_FOR(rows, dtype, channels), &all);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_depthwise_conv2d_with(tape, dy[0], gt_node_input(node, 1), attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_depthwise_conv2d_filter_grad(tape, gt_node_input(node, 0), dy[0], attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL y, GT_NORMAL filter},                                                      \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_DEPTHWISE_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_DEPTHWISE_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_depthwise_conv2d_input_grad = {
    .name = "depthwise_conv2d_input_grad",
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

gt_tensor *gt_depthwise_conv2d_input_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *filter,
                                          const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_depthwise_conv2d_input_grad, (gt_tensor *[]){dy, filter}, 2, attributes);
}

#else

#include "core/vector.h"
#include "ops/depthwise_sum.h"

/* Rows [begin, end) of all images of dx. */
static void KERNEL(rows)(void *context, int slot, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    const int64_t channels = p->in * p->out;
    REAL *pixel = (REAL *)(all->pixels + (size_t)slot * all->bytes);
    for (int64_t i = begin; i < end; i++) {
        const gt_depthwise_meeting u =
            gt_depthwise_meet(i % p->height + p->before[0], p->f_h, p->dilation[0], p->stride[0], p->y_h);
        const REAL *dy = (const REAL *)all->dy + (i / p->height * p->y_h + u.at) * p->y_w * channels;
        const REAL *filter = (const REAL *)all->filter + u.first * p->f_w * channels;
        REAL *dx = (REAL *)all->dx + i * p->width * p->in;
        gt_depthwise_grid grid = {
            .rows = u.count, .a_row = u.at_step * p->y_w * channels, .b_row = u.step * p->f_w * channels};
        for (int64_t w = 0; w < p->width; w++, dx += p->in) {
            const gt_depthwise_meeting *v = &all->columns[w];
            grid.columns = v->count;
            grid.a_column = v->at_step * channels;
            grid.b_column = v->step * channels;
            REAL *to = p->out == 1 ? dx : pixel;
            KERNEL(sum_grid)(&grid, dy + v->at * channels, filter + v->first * channels, channels, to);
            for (int64_t c = 0; to == pixel && c < p->in; c++) {
                dx[c] = 0;
                for (int64_t m = 0; m < p->out; m++)
                    dx[c] += pixel[c * p->out + m];
            }
        }
    }
}

#endif
