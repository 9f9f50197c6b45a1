/* conv2d_filter_grad: the cotangent of conv2d's filter:
 *     dfilter[u, v, c, o] = sum over n, i, j of dy[n, i, j, o] x[n, i s + u d - top, j s + v d - left, c].
 * The images are cut into chunks, by shape alone, whose gradients are summed pairwise; so every image is read once, and
 * the bits do not depend on the number of threads. It is linear in dy and in x; see conv2d_input_grad. */
#ifndef REAL

#include <string.h>

#include "core/reduction.h"
#include "core/threads.h"
#include "ops/conv2d_plan.h"
#include "ops/conv2d_samples.h"
#include "ops/gemm.h"
#include "ops/grads.h"

enum {
    MOST_CHUNKS = 16,
    MOST_PARTIAL = 1 << 20, /* elements of all chunks' gradients */
    MOST_ENTRIES = 256      /* of y, in one band */
};

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
    const void *x, *dy;
    char *border;  /* a band's rows of x for each slot */
    void *packed;  /* an image of dy for each slot, where it is not read in place */
    void *partial; /* a filter's gradient for each chunk; dfilter itself where there is one */
    gt_conv2d_band band;
    int64_t packed_size;
    int64_t images, chunks; /* of a chunk; of the batch */
} job;

#define KERNEL_FILE "ops/conv2d_filter_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    job all = {.dy = call->input[0].data, .x = call->input[1].data};
    const gt_conv2d_plan *p = &all.plan;
    gt_conv2d_plan_make(&all.plan, call->attributes);
    const gt_operand *dfilter = &call->output[0];
    if (p->images == 0)
        memset(dfilter->data, 0, (size_t)gt_operand_size(dfilter) * gt_dtype_size(dfilter->spec->dtype));
    if (p->images == 0 || gt_operand_size(dfilter) == 0)
        return GT_OK;
    return GT_PICK_FOR(run, dfilter->spec->dtype, p->out)(call, &all);
}

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

/* What one image adds, or, the first of a chunk, sets: band by band, whose x and dy stay in the first-level cache. */
static void KERNEL(add_image)(const job *all, const REAL *x, const REAL *dy, bool packed, bool first, void *border,
                              REAL *dfilter)
{
    const gt_conv2d_plan *p = &all->plan;
    gt_gemm product = {.m = p->run,
                       .n = p->out,
                       .k = p->y_w,
                       .a_row = 1,
                       .a_column = p->stride[1] * p->in,
                       .b_rows = packed ? p->y_h * p->y_w : 0,
                       .b_row = p->out,
                       .b_segment = p->y_w,
                       .c_row = p->out};
    for (int64_t i = 0; i < p->y_h; i += all->band.rows) {
        const int64_t rows = p->y_h - i < all->band.rows ? p->y_h - i : all->band.rows;
        const gt_conv2d_rows seen =
            gt_conv2d_border(p, x, sizeof(REAL), i * p->stride[0], gt_conv2d_rows_under(p, rows), border);
        product.segments = rows;
        product.a_segment = p->stride[0] * seen.row;
        product.add = !first || i > 0;
        product.b_at = packed ? i * p->y_w : 0;
        const REAL *dy_rows = packed ? dy : dy + i * p->y_w * p->out;
        for (int64_t run = 0; run < p->f_h * p->runs; run++) {
            const int64_t u = run / p->runs * p->dilation[0], v = run % p->runs * p->dilation[1];
            const REAL *x_rows = (const REAL *)seen.values + u * seen.row + v * p->in;
            KERNEL(gt_gemm)(&product, x_rows, dy_rows, dfilter + run * p->run * p->out);
        }
    }
}

static void KERNEL(chunks)(void *context, int slot, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_conv2d_plan *p = &all->plan;
    const int64_t entries = p->y_h * p->y_w, size = p->f_h * p->f_w * p->in * p->out;
    REAL *packed = all->packed ? (REAL *)all->packed + slot * all->packed_size : NULL;
    for (int64_t chunk = begin; chunk < end; chunk++) {
        const int64_t first = chunk * all->images;
        const int64_t last = first + all->images < p->images ? first + all->images : p->images;
        for (int64_t n = first; n < last; n++) {
            const REAL *dy = (const REAL *)all->dy + n * entries * p->out;
            const REAL *x = (const REAL *)all->x + n * p->height * p->width * p->in;
            if (packed)
                KERNEL(gt_gemm_pack)(packed, entries, 0, dy, p->out, 1, entries, p->out);
            KERNEL(add_image)
            (all, x, packed ? packed : dy, packed != NULL, n == first, all->border + (size_t)slot * all->band.bytes,
             (REAL *)all->partial + chunk * size);
        }
    }
}

/* Cuts the batch into chunks, and takes the memory that they need. */
static gt_status KERNEL(plan)(job *all, const gt_call *call, int slots)
{
    const gt_conv2d_plan *p = &all->plan;
    const int64_t size = p->f_h * p->f_w * p->in * p->out, fit = MOST_PARTIAL / size;
    const int64_t most = p->y_w < MOST_ENTRIES ? MOST_ENTRIES / p->y_w : 1;
    gt_status status = gt_conv2d_cut(call, p, most, false, slots, &all->band);
    if (status != GT_OK)
        return status;
    all->images = gt_gemm_even(p->images, (p->images - 1) / (fit < 1 ? 1 : fit > MOST_CHUNKS ? MOST_CHUNKS : fit) + 1);
    all->chunks = (p->images - 1) / all->images + 1;
    all->border = gt_call_scratch(call, (size_t)slots * all->band.bytes);
    if (!all->border)
        return GT_ERR_MEMORY;
    if (p->out % GT_GEMM_PANEL != 0) {
        all->packed_size = KERNEL(gt_gemm_packed)(p->y_h * p->y_w, p->out);
        all->packed = gt_call_scratch(call, (size_t)(slots * all->packed_size) * sizeof(REAL));
        if (!all->packed)
            return GT_ERR_MEMORY;
    }
    all->partial =
        all->chunks == 1 ? call->output[0].data : gt_call_scratch(call, (size_t)(all->chunks * size) * sizeof(REAL));
    return all->partial ? GT_OK : GT_ERR_MEMORY;
}

static gt_status KERNEL(run)(const gt_call *call, job *all)
{
    const gt_conv2d_plan *p = &all->plan;
    const int slots = gt_threads();
    gt_status status = KERNEL(plan)(all, call, slots);
    if (status != GT_OK)
        return status;
    const int64_t size = gt_operand_size(&call->output[0]);
    const double flops = 2.0 * (double)(all->images * p->y_h * p->y_w) * (double)size;
    gt_parallel_slots(all->chunks, gt_gemm_grain(flops), slots, KERNEL(chunks), all);
    if (all->chunks == 1)
        return GT_OK;
    gt_reduction plan;
    gt_reduction_plan(&plan, &GT_SHAPE(all->chunks, size), 1);
    gt_reduce_sum(&plan, call->output[0].spec->dtype, all->partial, call->output[0].data, 1);
    return GT_OK;
}

#endif
