/* Matrix products on all threads: C is cut into rectangles by shape alone, which threads take one by one. B is packed,
 * each panel by the thread that needs it, or, where several rectangles need it, before. A is read where it lies, unless
 * its lines lie so far apart that they fight for the same places of the cache. */
#ifndef REAL

#include "ops/product.h"

#include <string.h>

#include "core/threads.h"
#include "ops/gemm.h"

enum {
    MOST_ROWS = 384,      /* of a rectangle */
    FEW_COLUMNS = 256,    /* do not pay for copying A */
    COPIED_ROWS = 16,     /* of A by one part */
    MOST_APART = 4096,    /* bytes from line to line of A */
    RECTANGLE_BYTES = 512 /* of a row of a rectangle, when A is large */
};

/* The products with the plan of their batch. */
typedef struct job {
    gt_product product;
    bool turned;   /* it is the transpose of what was asked for */
    const void *a; /* the product's, or a copy of it */
    int64_t a_row, a_column, a_size;
    void *packed; /* B, or its last columns only: those from `in_place` on */
    int64_t packed_size, in_place;
    gt_broadcast plan;
    int64_t rows, columns;           /* of a rectangle */
    int64_t row_parts, column_parts; /* of one C */
    bool pack_early;
} job;

#define KERNEL_FILE "ops/product.c"
#include "core/kernels.h"

gt_status gt_product_run(const gt_call *call, gt_dtype dtype, const gt_product *product)
{
    return GT_PICK(run, dtype)(call, product);
}

#else

/* Columns [j, j + columns) of matrix number `index` of B, as far as they are not read in place. */
static void KERNEL(pack)(const job *all, int64_t index, int64_t j, int64_t columns)
{
    const gt_product *p = &all->product;
    const int64_t end = j + columns, from = j > all->in_place ? j : all->in_place;
    if (from >= end)
        return;
    const REAL *b = (const REAL *)p->b + index * p->k * p->n + from * p->b_column;
    REAL *packed = (REAL *)all->packed + index * all->packed_size + (from - all->in_place) * p->k;
    KERNEL(gt_gemm_pack)(packed, p->k, 0, b, p->b_row, p->b_column, p->k, end - from);
}

static void KERNEL(pack_all)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const int64_t n = all->product.n;
    for (int64_t unit = begin; unit < end; unit++) {
        const int64_t j = unit % all->column_parts * all->columns;
        KERNEL(pack)(all, unit / all->column_parts, j, n - j < all->columns ? n - j : all->columns);
    }
}

/* Blocks [begin, end) of COPIED_ROWS rows of all matrices of A, their columns adjacent. */
static void KERNEL(copy_rows)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_product *p = &all->product;
    const int64_t blocks = (p->m - 1) / COPIED_ROWS + 1;
    for (int64_t block = begin; block < end; block++) {
        const int64_t matrix = block / blocks, first = block % blocks * COPIED_ROWS;
        const int64_t last = first + COPIED_ROWS < p->m ? first + COPIED_ROWS : p->m;
        const REAL *from = (const REAL *)p->a + matrix * p->m * p->k + first * p->a_row;
        REAL *to = (REAL *)all->a + matrix * all->a_size + first * all->a_row;
        if (p->a_column != 1)
            KERNEL(gt_gemm_transpose)(to, all->a_row, from, p->a_column, p->k, last - first);
        else
            for (int64_t i = first; i < last; i++, to += all->a_row, from += p->a_row)
                memcpy(to, from, (size_t)p->k * sizeof(REAL));
    }
}

/* A rectangle of C: of which matrices, and where. */
typedef struct KERNEL(part) {
    const REAL *a;
    REAL *c; /* the whole matrix */
    int64_t b_matrix, i, rows;
} KERNEL(part);

/* Columns [j, j + columns) of it, all packed or all in place. */
static void KERNEL(columns)(const job *all, const KERNEL(part) * part, int64_t j, int64_t columns)
{
    const gt_product *p = &all->product;
    const bool packed = j >= all->in_place;
    const REAL *b = packed ? (const REAL *)all->packed + part->b_matrix * all->packed_size + (j - all->in_place) * p->k
                           : (const REAL *)p->b + part->b_matrix * p->k * p->n + j;
    const gt_gemm product = {.m = part->rows,
                             .n = columns,
                             .k = p->k,
                             .segments = 1,
                             .a_row = all->a_row,
                             .a_column = all->a_column,
                             .b_rows = packed ? p->k : 0,
                             .b_row = p->b_row,
                             .c_row = all->turned ? p->m : p->n,
                             .turned = all->turned,
                             .bias = p->bias ? (const REAL *)p->bias + (all->turned ? part->i : j) : NULL,
                             .relu = p->relu};
    REAL *c = part->c + (all->turned ? j * p->m + part->i : part->i * p->n + j);
    KERNEL(gt_gemm)(&product, part->a + part->i * all->a_row, b, c);
}

/* Rectangle `number` of C number `index`. */
static void KERNEL(rectangle)(const job *all, int64_t index, int64_t number)
{
    const gt_product *p = &all->product;
    const int64_t i = number / all->column_parts * all->rows, j = number % all->column_parts * all->columns;
    const int64_t columns = p->n - j < all->columns ? p->n - j : all->columns;
    gt_broadcast_cursor at;
    gt_broadcast_start(&all->plan, index / all->plan.length, 2, &at);
    int64_t matrix[2]; /* of A and of B */
    for (int k = 0; k < 2; k++)
        matrix[k] = at.offset[k] + index % all->plan.length * all->plan.step[k];
    const KERNEL(part) part = {.a = (const REAL *)all->a + matrix[0] * all->a_size,
                               .c = (REAL *)p->c + index * p->m * p->n,
                               .b_matrix = matrix[1],
                               .i = i,
                               .rows = p->m - i < all->rows ? p->m - i : all->rows};
    if (!all->pack_early)
        KERNEL(pack)(all, matrix[1], j, columns);
    const int64_t in_place = all->in_place < j ? 0 : all->in_place - j < columns ? all->in_place - j : columns;
    if (in_place > 0)
        KERNEL(columns)(all, &part, j, in_place);
    if (columns > in_place)
        KERNEL(columns)(all, &part, j + in_place, columns - in_place);
}

static void KERNEL(rectangles)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const int64_t parts = all->row_parts * all->column_parts;
    for (int64_t unit = begin; unit < end; unit++)
        KERNEL(rectangle)(all, unit / parts, unit % parts);
}

/* Cuts C into rectangles, and decides what is packed; takes the memory for it. */
static gt_status KERNEL(plan)(job *all, const gt_call *call)
{
    const gt_product *p = &all->product;
    const int64_t count = gt_shape_size(&p->batch), matrices = gt_shape_size(&p->b_batch);
    const int64_t panels = (p->n - 1) / GT_GEMM_PANEL + 1, size = (int64_t)sizeof(REAL);
    const bool large = p->m * p->k * size > 1 << 20;
    all->rows = gt_gemm_even(p->m, MOST_ROWS);
    all->columns = gt_gemm_even(panels, large ? RECTANGLE_BYTES / (GT_GEMM_PANEL * size) : 1) * GT_GEMM_PANEL;
    all->row_parts = (p->m - 1) / all->rows + 1;
    all->column_parts = (p->n - 1) / all->columns + 1;
    all->pack_early = all->row_parts > 1 || count > matrices;
    all->in_place = p->m <= GT_GEMM_ROWS && p->b_column == 1 ? p->n - p->n % GT_GEMM_PANEL : 0;
    if (p->k == 0) /* B has no entries to pack */
        all->in_place = p->n;
    all->packed_size = KERNEL(gt_gemm_packed)(p->k, p->n - all->in_place);
    if (all->packed_size > 0) {
        all->packed = gt_call_scratch(call, (size_t)(matrices * all->packed_size * size));
        if (!all->packed)
            return GT_ERR_MEMORY;
    }
    const int64_t apart = p->a_column == 1 ? p->a_row : p->a_column;
    if (apart * size < MOST_APART || p->n < FEW_COLUMNS || p->m <= GT_GEMM_ROWS)
        return GT_OK;
    /* Rows that are an odd number of the cache's lines apart. */
    all->a_row = (p->k * size / 64 | 1) * 64 / size + 128 / size;
    all->a_column = 1;
    all->a_size = p->m * all->a_row;
    all->a = gt_call_scratch(call, (size_t)(gt_shape_size(&p->a_batch) * all->a_size * size));
    return all->a ? GT_OK : GT_ERR_MEMORY;
}

/* Whether C^T = B^T A^T fills more of the registers: few columns leave them partly empty. */
static bool KERNEL(better_turned)(const gt_product *p)
{
    const int64_t lanes = GT_GEMM_PANEL / 2, filled = (p->n + lanes - 1) / lanes * lanes;
    return p->n <= GT_GEMM_PANEL && p->m >= GT_GEMM_PANEL && 4 * p->n < (p->a_row == 1 ? 3 : 2) * filled;
}

static gt_product KERNEL(transpose)(const gt_product *p)
{
    gt_product turned = *p;
    turned.m = p->n, turned.n = p->m;
    turned.a = p->b, turned.a_row = p->b_column, turned.a_column = p->b_row, turned.a_batch = p->b_batch;
    turned.b = p->a, turned.b_row = p->a_column, turned.b_column = p->a_row, turned.b_batch = p->a_batch;
    return turned;
}

static gt_status KERNEL(run)(const gt_call *call, const gt_product *asked)
{
    const int64_t count = gt_shape_size(&asked->batch);
    if (count == 0 || asked->m == 0 || asked->n == 0)
        return GT_OK;
    job all = {.turned = KERNEL(better_turned)(asked)};
    gt_product *p = &all.product;
    *p = all.turned ? KERNEL(transpose)(asked) : *asked;
    all.a = p->a, all.a_row = p->a_row, all.a_column = p->a_column, all.a_size = p->m * p->k;
    gt_status status = KERNEL(plan)(&all, call);
    if (status != GT_OK)
        return status;
    gt_broadcast_plan(&all.plan, &p->batch, 2, (const gt_shape *[]){&p->a_batch, &p->b_batch});
    if (all.a != p->a)
        gt_parallel(gt_shape_size(&p->a_batch) * ((p->m - 1) / COPIED_ROWS + 1), 1 + 32768 / (COPIED_ROWS * p->k + 1),
                    KERNEL(copy_rows), &all);
    if (all.pack_early && all.packed)
        gt_parallel(gt_shape_size(&p->b_batch) * all.column_parts, 1 + 32768 / (p->k * all.columns + 1),
                    KERNEL(pack_all), &all);
    gt_parallel(count * all.row_parts * all.column_parts,
                gt_gemm_grain(2.0 * (double)all.rows * (double)all.columns * (double)p->k), KERNEL(rectangles), &all);
    return GT_OK;
}

#endif
