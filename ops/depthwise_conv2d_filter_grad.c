/* depthwise_conv2d_filter_grad: the cotangent of depthwise_conv2d's filter:
 *     dfilter[u, v, c, m] = sum over n, i, j of dy[n, i, j, c multiplier + m] x[n, i s + u d - top, j s + v d - left,
 * c]. The rows of dy are cut into chunks, by shape alone, whose gradients are summed pairwise. */
#ifndef REAL

#include <string.h>

#include "core/elementwise.h"
#include "core/reduction.h"
#include "ops/depthwise_plan.h"
#include "ops/depthwise_samples.h"
#include "ops/grads.h"

enum {
    MOST_CHUNKS = 16,
    MOST_PARTIAL = 1 << 20 /* elements of all chunks' gradients */
};

static gt_status infer(const gt_infer *call)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    return gt_infer_depthwise_grad(call, "images", &attributes->input, &attributes->filter);
}

typedef struct job {
    gt_conv2d_plan plan;
    const void *dy, *x;
    void *partial; /* a filter's gradient for each chunk */
    int64_t rows;  /* of a chunk */
    char *lines;   /* the rows of x under a row of dy, for each slot */
    size_t bytes;
} job;

#define KERNEL_FILE "ops/depthwise_conv2d_filter_grad.c"
#include "core/kernels.h"

static int64_t chunks_of(int64_t rows, int64_t size)
{
    const int64_t most = size > 0 && MOST_PARTIAL / size < MOST_CHUNKS ? MOST_PARTIAL / size : MOST_CHUNKS;
    const int64_t chunks = rows < most ? rows : most;
    return chunks > 1 ? chunks : 1;
}

static gt_status forward(const gt_call *call)
{
    job all = {.dy = call->input[0].data, .x = call->input[1].data};
    gt_conv2d_plan_make(&all.plan, call->attributes);
    const gt_conv2d_plan *p = &all.plan;
    const gt_dtype dtype = call->input[0].spec->dtype;
    const int64_t size = gt_operand_size(&call->output[0]), rows = p->images * p->y_h;
    const int slots = gt_threads();
    gt_status status = gt_depthwise_lines(call, p, p->f_h, slots, &all.bytes);
    if (status != GT_OK || size == 0)
        return status;
    const int64_t most = chunks_of(rows, size);
    all.rows = (rows + most - 1) / most;
    const int64_t chunks = all.rows > 0 ? (rows + all.rows - 1) / all.rows : 0;
    all.lines = gt_call_scratch(call, (size_t)slots * all.bytes);
    all.partial = all.lines ? gt_call_scratch(call, (size_t)(chunks * size) * gt_dtype_size(dtype)) : NULL;
    if (!all.partial)
        return GT_ERR_MEMORY;
    gt_parallel_slots(chunks, gt_row_grain(all.rows * p->y_w * size), slots, GT_PICK_FOR(chunks, dtype, p->in * p->out),
                      &all);
    gt_reduction over_chunks;
    gt_reduction_plan(&over_chunks, &GT_SHAPE(chunks, size), 1);
    gt_reduce_sum(&over_chunks, dtype, all.partial, call->output[0].data, 1);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_depthwise_conv2d_with(tape, gt_node_input(node, 1), dy[0], attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_depthwise_conv2d_input_grad(tape, gt_node_input(node, 0), dy[0], attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL y, GT_NORMAL x},                                                           \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_DEPTHWISE_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_DEPTHWISE_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_depthwise_conv2d_filter_grad = {
    .name = "depthwise_conv2d_filter_grad",
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

gt_tensor *gt_depthwise_conv2d_filter_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x,
                                           const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_depthwise_conv2d_filter_grad, (gt_tensor *[]){dy, x}, 2, attributes);
}

#else

#include "core/vector.h"
#include "ops/depthwise_lines.h"
#include "ops/depthwise_sum.h"

/* What a row of dy adds to the filter's row that met this line of x. */
static void KERNEL(add_line)(const gt_conv2d_plan *p, const REAL *line, const REAL *dy, REAL *dfilter)
{
    const int64_t channels = p->in * p->out;
    for (int64_t v = 0; v < p->f_w; v++) {
        const int64_t left = v * p->dilation[1] - p->before[1];
        const gt_depthwise_taps j = gt_depthwise_taps_on(left, p->y_w, p->stride[1], p->width);
        const int64_t column = j.end > 0 ? left + j.begin * p->stride[1] : 0;
        const gt_depthwise_grid grid = {.rows = 1,
                                        .columns = j.end - j.begin,
                                        .a_column = p->stride[1] * channels,
                                        .b_column = channels,
                                        .add = true};
        KERNEL(sum_grid)(&grid, line + column * channels, dy + j.begin * channels, channels, dfilter + v * channels);
    }
}

static void KERNEL(chunks)(void *context, int slot, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    const int64_t channels = p->in * p->out, size = p->f_h * p->f_w * channels, rows = p->images * p->y_h;
    REAL *buffer = (REAL *)(all->lines + (size_t)slot * all->bytes);
    for (int64_t chunk = begin; chunk < end; chunk++) {
        REAL *dfilter = (REAL *)all->partial + chunk * size;
        memset(dfilter, 0, (size_t)size * sizeof *dfilter);
        const int64_t last = (chunk + 1) * all->rows < rows ? (chunk + 1) * all->rows : rows;
        for (int64_t i = chunk * all->rows; i < last; i++) {
            const REAL *image = (const REAL *)all->x + i / p->y_h * p->height * p->width * p->in;
            const REAL *dy = (const REAL *)all->dy + i * p->y_w * channels;
            const int64_t top = i % p->y_h * p->stride[0] - p->before[0];
            const gt_depthwise_taps u = gt_depthwise_taps_on(top, p->f_h, p->dilation[0], p->height);
            const int64_t first = u.end > 0 ? top + u.begin * p->dilation[0] : 0;
            int64_t row;
            const REAL *lines = KERNEL(lines_of)(p, image, first, p->dilation[0], u.end - u.begin, buffer, &row);
            for (int64_t k = u.begin; k < u.end; k++)
                KERNEL(add_line)(p, lines + (k - u.begin) * row, dy, dfilter + k * p->f_w * channels);
        }
    }
}

#endif
