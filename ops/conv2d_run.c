/* Convolution as matrix products, without gathering patches: a filter row meets a run of f_w c neighbours in memory, so
 * an output row is the product of the image, read in place, with the filter.
 *
 * Where the output channels are too few to fill half a register, pixels fill it instead: rows of the image are copied
 * channel by channel, (row, channel, column), in which a filter entry meets neighbouring columns for neighbouring
 * pixels. Then the transpose of the output row is the product of the filter with these rows, read in place. */
#ifndef REAL

#include <string.h>

#include "core/threads.h"
#include "ops/conv2d_plan.h"
#include "ops/gemm.h"

/* Images are cut into bands of rows, by shape alone. */
typedef struct banded {
    const gt_conv2d_job *job;
    bool by_pixels; /* registers hold pixels, not channels */
    void *filter;   /* packed: rows (u, v, in), columns out; by pixels (u, in, v, out) */
    char *copies;   /* a band's rows of x for each slot */
    gt_conv2d_band band;
    int64_t bands; /* of an image */
} banded;

/* Rows of pixels should fill the widest register, 64 bytes, at least once. */
static bool can_go_by_pixels(const gt_conv2d_plan *p, gt_dtype dtype)
{
    return p->stride[0] == 1 && p->stride[1] == 1 && p->dilation[0] == 1 && p->dilation[1] == 1 && p->in > 0 &&
           p->y_w * (int64_t)gt_dtype_size(dtype) >= 64;
}

/* The filter's rows that fall on the image; the others would add zeros. At least one, to set y. */
typedef struct taps {
    int64_t begin, end;
} taps;

static taps taps_on_image(const gt_conv2d_plan *p, int64_t top)
{
    const int64_t d = p->dilation[0];
    taps u = {top < 0 ? (d - 1 - top) / d : 0, p->f_h};
    if (top + (p->f_h - 1) * d >= p->height)
        u.end = top < p->height ? (p->height - top - 1) / d + 1 : 0;
    return u.begin < u.end ? u : (taps){0, 1};
}

#define KERNEL_FILE "ops/conv2d_run.c"
#include "core/kernels.h"

gt_status gt_conv2d_run(const gt_call *call, const gt_conv2d_job *job)
{
    const gt_dtype dtype = call->input[0].spec->dtype;
    return can_go_by_pixels(&job->plan, dtype) ? GT_PICK(run, dtype)(call, job)
                                               : GT_PICK_FOR(run, dtype, job->plan.out)(call, job);
}

#else

static void KERNEL(pack_filter)(const banded *all)
{
    const gt_conv2d_plan *p = &all->job->plan;
    const int64_t entries = p->f_h * p->f_w, rows = entries * p->in;
    const bool turned = all->job->turned;
    if (!turned && !all->by_pixels) {
        KERNEL(gt_gemm_pack)(all->filter, rows, 0, all->job->filter, p->out, 1, rows, p->out);
        return;
    }
    for (int64_t i = 0; i < entries; i++) {
        const REAL *from = (const REAL *)all->job->filter + (turned ? entries - 1 - i : i) * p->in * p->out;
        const int64_t row = turned ? 1 : p->out, column = turned ? p->in : 1;
        if (!all->by_pixels) {
            KERNEL(gt_gemm_pack)(all->filter, rows, i * p->in, from, row, column, p->in, p->out);
            continue;
        }
        REAL *to = (REAL *)all->filter + (i / p->f_w * p->in * p->f_w + i % p->f_w) * p->out;
        for (int64_t c = 0; c < p->in; c++)
            for (int64_t o = 0; o < p->out; o++)
                to[c * p->f_w * p->out + o] = from[c * row + o * column];
    }
}

/* A row of y, whose windows begin `top` rows below the image's first. */
static void KERNEL(row)(const banded *all, gt_gemm *product, const gt_conv2d_rows *seen, int64_t row, int64_t top,
                        REAL *y)
{
    const gt_conv2d_plan *p = &all->job->plan;
    const REAL *x = (const REAL *)seen->values + row * seen->row;
    const taps u = taps_on_image(p, top);
    /* One product sums over the filter's rows, or, where columns are dilated, over one row's runs. */
    const int64_t products = p->runs == 1 ? 1 : u.end - u.begin;
    if (p->runs == 1)
        product->segments = u.end - u.begin;
    for (int64_t i = 0; i < products; i++) {
        product->b_at = (u.begin + i) * p->f_w * p->in;
        product->add = i > 0;
        product->bias = i == products - 1 ? all->job->bias : NULL;
        product->relu = all->job->relu && i == products - 1;
        KERNEL(gt_gemm)(product, x + (u.begin + i) * p->dilation[0] * seen->row, all->filter, y);
    }
}

static void KERNEL(band)(const banded *all, int64_t image, int64_t first, int64_t count, void *border)
{
    const gt_conv2d_job *job = all->job;
    const gt_conv2d_plan *p = &job->plan;
    const REAL *x = (const REAL *)job->x + image * p->height * p->width * p->in;
    const gt_conv2d_rows seen =
        gt_conv2d_border(p, x, sizeof(REAL), first * p->stride[0], gt_conv2d_rows_under(p, count), border);
    REAL *y = (REAL *)job->y + (image * p->y_h + first) * p->y_w * p->out;
    gt_gemm product = {.m = p->y_w,
                       .n = p->out,
                       .k = p->run,
                       .segments = p->runs,
                       .a_row = p->stride[1] * p->in,
                       .a_column = 1,
                       .a_segment = p->runs == 1 ? p->dilation[0] * seen.row : p->dilation[1] * p->in,
                       .b_rows = p->f_h * p->f_w * p->in,
                       .b_segment = p->run,
                       .c_row = p->out};
    for (int64_t i = 0; i < count; i++, y += p->y_w * p->out)
        KERNEL(row)(all, &product, &seen, i * p->stride[0], (first + i) * p->stride[0] - p->before[0], y);
}

/* Rows [first, first + count) of the bordered image, channel by channel. */
static void KERNEL(part_channels)(const gt_conv2d_plan *p, const REAL *x, int64_t first, int64_t count, REAL *parted)
{
    const int64_t length = p->padded[1], left = p->before[1] < length ? p->before[1] : length;
    const int64_t inside = length - left < p->width ? length - left : p->width;
    for (int64_t i = 0; i < count; i++, parted += p->in * length) {
        const int64_t h = first + i - p->before[0];
        if (h < 0 || h >= p->height || inside < length)
            memset(parted, 0, (size_t)(p->in * length) * sizeof(REAL));
        if (h >= 0 && h < p->height)
            KERNEL(gt_gemm_transpose)(parted + left, length, x + h * p->width * p->in, p->in, inside, p->in);
    }
    memset(parted, 0, GT_GEMM_PANEL * sizeof(REAL)); /* what the last vectors read behind */
}

static void KERNEL(band_by_pixels)(const banded *all, int64_t image, int64_t first, int64_t count, void *copy)
{
    const gt_conv2d_job *job = all->job;
    const gt_conv2d_plan *p = &job->plan;
    KERNEL(part_channels)
    (p, (const REAL *)job->x + image * p->height * p->width * p->in, first, gt_conv2d_rows_under(p, count), copy);
    gt_gemm product = {.m = p->out,
                       .n = p->y_w,
                       .k = p->f_w,
                       .a_row = 1,
                       .a_column = p->out,
                       .a_segment = p->f_w * p->out,
                       .b_row = 1,
                       .b_segment = p->padded[1],
                       .c_row = p->out,
                       .turned = true,
                       .bias = job->bias,
                       .relu = job->relu};
    REAL *y = (REAL *)job->y + (image * p->y_h + first) * p->y_w * p->out;
    for (int64_t i = 0; i < count; i++, y += p->y_w * p->out) {
        const taps u = taps_on_image(p, first + i - p->before[0]);
        product.segments = (u.end - u.begin) * p->in;
        KERNEL(gt_gemm)
        (&product, (const REAL *)all->filter + u.begin * p->in * product.a_segment,
         (const REAL *)copy + (i + u.begin) * p->in * p->padded[1], y);
    }
}

static void KERNEL(bands)(void *context, int slot, int64_t begin, int64_t end)
{
    const banded *all = context;
    const int64_t y_h = all->job->plan.y_h, rows = all->band.rows;
    char *copy = all->copies + (size_t)slot * all->band.bytes;
    for (int64_t i = begin; i < end; i++) {
        const int64_t image = i / all->bands, first = i % all->bands * rows;
        const int64_t count = y_h - first < rows ? y_h - first : rows;
        if (all->by_pixels)
            KERNEL(band_by_pixels)(all, image, first, count, copy);
        else
            KERNEL(band)(all, image, first, count, copy);
    }
}

static gt_status KERNEL(run)(const gt_call *call, const gt_conv2d_job *job)
{
    const gt_conv2d_plan *p = &job->plan;
    if (p->images == 0 || p->y_h == 0 || p->y_w == 0 || p->out == 0)
        return GT_OK;
    banded all = {.job = job};
    all.by_pixels = can_go_by_pixels(p, call->input[0].spec->dtype) && 2 * p->out <= GT_LANES;
    const int slots = gt_threads();
    const int64_t inner = p->f_h * p->f_w * p->in;
    const double row_flops = 2.0 * (double)inner * (double)(p->y_w * p->out);
    gt_status status = gt_conv2d_cut(call, p, gt_gemm_grain(row_flops), all.by_pixels, slots, &all.band);
    if (status != GT_OK)
        return status;
    all.band.bytes += all.by_pixels ? GT_GEMM_PANEL * sizeof(REAL) : 0;
    all.bands = (p->y_h - 1) / all.band.rows + 1;
    all.filter = gt_call_scratch(call, (size_t)KERNEL(gt_gemm_packed)(inner, p->out) * sizeof(REAL));
    all.copies = all.filter ? gt_call_scratch(call, (size_t)slots * all.band.bytes) : NULL;
    if (!all.copies)
        return GT_ERR_MEMORY;
    KERNEL(pack_filter)(&all);
    gt_parallel_slots(p->images * all.bands, gt_gemm_grain((double)all.band.rows * row_flops), slots, KERNEL(bands),
                      &all);
    return GT_OK;
}

#endif
