/* Convolution as matrix products, without gathering patches: a filter row meets a run of f_w c neighbours in memory, so
 * an output row is the product of the image, read in place, with the filter. */
#ifndef REAL

#include "core/threads.h"
#include "ops/conv2d_plan.h"
#include "ops/gemm.h"

#define MOST_BORDERED 262144 /* bytes of image that are copied for a band, where there is a border */

/* Images are cut into bands of rows, by shape alone. */
typedef struct banded {
    const gt_conv2d_job *job;
    void *filter; /* packed: rows (u, v, in), columns out */
    char *border; /* a band's rows of x for each slot */
    size_t border_bytes;
    int64_t rows, bands; /* of a band; of an image */
} banded;

/* The rows of x that windows of `rows` rows of y cover. */
static int64_t rows_under(const gt_conv2d_plan *p, int64_t rows)
{
    return (rows - 1) * p->stride[0] + (p->f_h - 1) * p->dilation[0] + 1;
}

/* Bands worth a thread's while, whose bordered rows stay in the second-level cache. */
static void cut_bands(banded *all, size_t element)
{
    const gt_conv2d_plan *p = &all->job->plan;
    const double row_flops = 2.0 * (double)(p->f_h * p->f_w * p->in) * (double)(p->y_w * p->out);
    int64_t most = gt_gemm_grain(row_flops);
    while (most > 1 && gt_conv2d_border_bytes(p, rows_under(p, most), element) > MOST_BORDERED)
        most /= 2;
    all->rows = gt_gemm_even(p->y_h, most);
    all->bands = (p->y_h - 1) / all->rows + 1;
    all->border_bytes = gt_conv2d_border_bytes(p, rows_under(p, all->rows), element);
}

#define KERNEL_FILE "ops/conv2d_run.c"
#include "core/kernels.h"

gt_status gt_conv2d_run(const gt_call *call, const gt_conv2d_job *job)
{
    return GT_PICK_FOR(run, call->input[0].spec->dtype, job->plan.out)(call, job);
}

#else

static void KERNEL(pack_filter)(const gt_conv2d_job *job, REAL *packed)
{
    const gt_conv2d_plan *p = &job->plan;
    const int64_t entries = p->f_h * p->f_w, rows = entries * p->in;
    if (!job->turned) {
        KERNEL(gt_gemm_pack)(packed, rows, 0, job->filter, p->out, 1, rows, p->out);
        return;
    }
    for (int64_t i = 0; i < entries; i++) {
        const REAL *from = (const REAL *)job->filter + (entries - 1 - i) * p->in * p->out;
        KERNEL(gt_gemm_pack)(packed, rows, i * p->in, from, 1, p->in, p->in, p->out);
    }
}

static void KERNEL(band)(const banded *all, int64_t image, int64_t first, int64_t count, void *border)
{
    const gt_conv2d_job *job = all->job;
    const gt_conv2d_plan *p = &job->plan;
    const REAL *x = (const REAL *)job->x + image * p->height * p->width * p->in;
    const gt_conv2d_rows seen =
        gt_conv2d_border(p, x, sizeof(REAL), first * p->stride[0], rows_under(p, count), border);
    REAL *y = (REAL *)job->y + (image * p->y_h + first) * p->y_w * p->out;
    const bool whole_rows = p->runs == 1;
    /* One product sums over the filter's rows, or, where columns are dilated, over one row's runs. */
    gt_gemm product = {.m = p->y_w,
                       .n = p->out,
                       .k = p->run,
                       .segments = whole_rows ? p->f_h : p->runs,
                       .a_row = p->stride[1] * p->in,
                       .a_column = 1,
                       .a_segment = whole_rows ? p->dilation[0] * seen.row : p->dilation[1] * p->in,
                       .b_rows = p->f_h * p->f_w * p->in,
                       .b_segment = p->run,
                       .c_row = p->out};
    const int64_t products = whole_rows ? 1 : p->f_h;
    for (int64_t i = 0; i < count; i++, y += p->y_w * p->out)
        for (int64_t u = 0; u < products; u++) {
            product.b_at = u * p->f_w * p->in;
            product.add = u > 0;
            product.bias = u == products - 1 ? job->bias : NULL;
            product.relu = job->relu && u == products - 1;
            const int64_t row = i * p->stride[0] + u * p->dilation[0];
            KERNEL(gt_gemm)(&product, (const REAL *)seen.values + row * seen.row, all->filter, y);
        }
}

static void KERNEL(bands)(void *context, int slot, int64_t begin, int64_t end)
{
    const banded *all = context;
    const int64_t y_h = all->job->plan.y_h;
    for (int64_t i = begin; i < end; i++) {
        const int64_t first = i % all->bands * all->rows;
        KERNEL(band)
        (all, i / all->bands, first, y_h - first < all->rows ? y_h - first : all->rows,
         all->border + (size_t)slot * all->border_bytes);
    }
}

static gt_status KERNEL(run)(const gt_call *call, const gt_conv2d_job *job)
{
    const gt_conv2d_plan *p = &job->plan;
    if (p->images == 0 || p->y_h == 0 || p->y_w == 0 || p->out == 0)
        return GT_OK;
    banded all = {.job = job};
    cut_bands(&all, sizeof(REAL));
    const int slots = gt_threads();
    const int64_t inner = p->f_h * p->f_w * p->in;
    all.filter = gt_call_scratch(call, (size_t)KERNEL(gt_gemm_packed)(inner, p->out) * sizeof(REAL));
    all.border = all.filter ? gt_call_scratch(call, (size_t)slots * all.border_bytes) : NULL;
    if (!all.border)
        return GT_ERR_MEMORY;
    KERNEL(pack_filter)(job, all.filter);
    const double flops = 2.0 * (double)(all.rows * p->y_w) * (double)(inner * p->out);
    gt_parallel_slots(p->images * all.bands, gt_gemm_grain(flops), slots, KERNEL(bands), &all);
    return GT_OK;
}

#endif
