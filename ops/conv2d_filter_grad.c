/* conv2d_filter_grad: the cotangent of conv2d's filter:
 *     dfilter[u, v, c, o] = sum over n, i, j of dy[n, i, j, o] x[n, i s + u d - top, j s + v d - left, c].
 * Each part owns some rows of it and walks all images in order, so the bits do not depend on the number of threads. It
 * is linear in dy and in x; see conv2d_input_grad. */
#ifndef REAL

#include <string.h>

#include "core/threads.h"
#include "ops/conv2d_plan.h"
#include "ops/conv2d_samples.h"
#include "ops/gemm.h"
#include "ops/grads.h"

#define MOST_ROWS 48 /* of the filter, in one part */
#define MOST_ENTRIES                                                                                                   \
    256 /* of y, before a part goes on to its next rows: their x and dy stay in the first-level cache */

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
        status = gt_conv2d_need(call, 1, "images", &attributes->input);
    call->output[0] = (gt_spec){call->input[0]->dtype, attributes->filter};
    return status;
}

typedef struct job {
    gt_conv2d_plan plan;
    gt_conv2d_bordered x;
    const void *dy;
    void *packed;             /* dy, image by image; NULL: read in place */
    int64_t dy_image;         /* elements from one image to the next, */
    int64_t dy_row, dy_panel; /* from one entry, one panel to the next */
    int64_t rows, parts;      /* the rows of a part; the parts of a run */
    void *dfilter;
} job;

#define REAL_FILE "ops/conv2d_filter_grad.c"
#include "core/real.h"
GT_REAL_KERNEL(forward)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_conv2d_with(tape, gt_node_input(node, 1), dy[0], attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_conv2d_input_grad(tape, gt_node_input(node, 0), dy[0], attributes);
}

#define SAMPLE(title, x, filter, y, stride, dilation, before, after)                                                   \
    {                                                                                                                  \
        .name = title, .inputs = {GT_NORMAL y, GT_NORMAL x},                                                           \
        .attributes = GT_CONV2D_SETTINGS(x, filter, stride, dilation, before, after)                                   \
    }

static const gt_sample samples[] = {GT_CONV2D_SAMPLES(SAMPLE), {0}};
static const gt_sample workload = GT_CONV2D_WORKLOAD(SAMPLE);
#undef SAMPLE

const gt_op gt_op_conv2d_filter_grad = {
    .name = "conv2d_filter_grad",
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

gt_tensor *gt_conv2d_filter_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, const gt_conv2d_attributes *attributes)
{
    return gt_apply(tape, &gt_op_conv2d_filter_grad, (gt_tensor *[]){dy, x}, 2, attributes);
}

#else

#define PANEL GT_GEMM_PANEL(REAL)

static void NAMED(pack_images)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const int64_t entries = all->plan.y_h * all->plan.y_w, out = all->plan.out;
    for (int64_t n = begin; n < end; n++) {
        const REAL *dy = (const REAL *)all->dy + n * entries * out;
        NAMED(gt_gemm_pack)((REAL *)all->packed + n * all->dy_image, dy, out, 1, entries, out);
    }
}

/* Rows [first, first + rows) of the filter gradient that belong to filter row u and run v. */
static void NAMED(some_rows)(const job *all, int64_t u, int64_t v, int64_t first, int64_t rows)
{
    const gt_conv2d_plan *p = &all->plan;
    gt_gemm product = {.m = rows,
                       .n = p->out,
                       .k = p->y_w,
                       .a_row = 1,
                       .a_column = p->stride[1] * p->in,
                       .a_segment = p->stride[0] * all->x.row,
                       .b_row = all->dy_row,
                       .b_panel = all->dy_panel,
                       .b_segment = p->y_w * all->dy_row,
                       .c_row = p->out};
    const int64_t most = p->y_w < MOST_ENTRIES ? MOST_ENTRIES / p->y_w : 1;
    const REAL *x = (const REAL *)all->x.values + u * p->dilation[0] * all->x.row + v * p->dilation[1] * p->in + first;
    const REAL *dy = all->packed ? all->packed : all->dy;
    REAL *dfilter = (REAL *)all->dfilter + ((u * p->runs + v) * p->run + first) * p->out;
    for (int64_t n = 0; n < p->images; n++)
        for (int64_t i = 0; i < p->y_h; i += most) {
            product.segments = p->y_h - i < most ? p->y_h - i : most;
            product.add = n > 0 || i > 0;
            const REAL *x_rows = x + n * all->x.image + i * product.a_segment;
            const REAL *dy_rows = dy + n * all->dy_image + i * product.b_segment;
            NAMED(gt_gemm)(&product, x_rows, dy_rows, dfilter);
        }
}

static void NAMED(parts)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    for (int64_t part = begin; part < end; part++) {
        const int64_t run = part / all->parts, first = part % all->parts * all->rows;
        const int64_t left = p->run - first;
        NAMED(some_rows)(all, run / p->runs, run % p->runs, first, left < all->rows ? left : all->rows);
    }
}

static gt_status NAMED(forward)(const gt_call *call)
{
    job all = {.dy = call->input[0].data, .dfilter = call->output[0].data};
    gt_conv2d_plan *p = &all.plan;
    gt_conv2d_plan_make(p, call->attributes);
    if (p->images == 0)
        memset(all.dfilter, 0, (size_t)gt_operand_size(&call->output[0]) * sizeof(REAL));
    if (p->images == 0 || p->run == 0 || p->out == 0)
        return GT_OK;
    const int64_t entries = p->y_h * p->y_w;
    const bool in_place = p->out % PANEL == 0;
    all.dy_image = in_place ? entries * p->out : NAMED(gt_gemm_packed)(entries, p->out);
    all.dy_row = in_place ? p->out : PANEL;
    all.dy_panel = in_place ? PANEL : entries * PANEL;
    all.packed = in_place ? NULL : gt_call_scratch(call, (size_t)(p->images * all.dy_image) * sizeof(REAL));
    if (!in_place && !all.packed)
        return GT_ERR_MEMORY;
    gt_status status = NAMED(gt_conv2d_border)(call, p, call->input[1].data, &all.x);
    if (status != GT_OK)
        return status;
    if (all.packed)
        gt_parallel(p->images, 1 + 32768 / (all.dy_image + 1), NAMED(pack_images), &all);
    all.rows = gt_gemm_even(p->run, MOST_ROWS);
    all.parts = (p->run - 1) / all.rows + 1;
    const double flops = 2.0 * (double)(p->images * entries) * (double)all.rows * (double)p->out;
    gt_parallel(p->f_h * p->runs * all.parts, gt_gemm_grain(flops), NAMED(parts), &all);
    return GT_OK;
}

#undef PANEL

#endif
