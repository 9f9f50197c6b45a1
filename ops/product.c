/* Matrix products on all threads: B is packed, then the threads compute rectangles of C, cut by shape alone. */
#ifndef REAL

#include "ops/product.h"

#include "core/threads.h"
#include "ops/gemm.h"

#define MOST_ROWS   128 /* of a rectangle: with 256 steps of k they stay in the second-level cache */
#define MOST_PANELS 4

/* The products with the plan of their batch. */
typedef struct job {
    const gt_product *product;
    void *packed; /* NULL: B is read in place */
    int64_t packed_size, b_panels;
    gt_broadcast plan;
    int64_t rows, columns;           /* of a rectangle */
    int64_t row_parts, column_parts; /* of one C */
} job;

#define REAL_FILE "ops/product.c"
#include "core/real.h"

gt_status gt_product_run(const gt_call *call, gt_dtype dtype, const gt_product *product)
{
    return dtype == GT_FLOAT32 ? run_f32(call, product) : run_f64(call, product);
}

#else

#define PANEL GT_GEMM_PANEL(REAL)

static void NAMED(pack)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const gt_product *p = all->product;
    for (int64_t i = begin; i < end; i++) {
        const int64_t matrix = i / all->b_panels, j = i % all->b_panels * PANEL;
        const REAL *b = (const REAL *)p->b + matrix * p->k * p->n + j * p->b_column;
        REAL *packed = (REAL *)all->packed + matrix * all->packed_size + j * p->k;
        NAMED(gt_gemm_pack)(packed, b, p->b_row, p->b_column, p->k, p->n - j < PANEL ? p->n - j : PANEL);
    }
}

static void NAMED(add_bias)(const REAL *bias, REAL *c, int64_t c_row, int64_t rows, int64_t columns)
{
    for (int64_t i = 0; i < rows; i++, c += c_row)
        for (int64_t j = 0; j < columns; j++)
            c[j] += bias[j];
}

/* Rectangle `part` of C number `index`. */
static void NAMED(rectangle)(const job *all, int64_t index, int64_t part)
{
    const gt_product *p = all->product;
    const int64_t i = part / all->column_parts * all->rows, j = part % all->column_parts * all->columns;
    const int64_t rows = p->m - i < all->rows ? p->m - i : all->rows;
    const int64_t columns = p->n - j < all->columns ? p->n - j : all->columns;
    int64_t matrix[2]; /* of A and of B */
    gt_broadcast_offsets(&all->plan, index / all->plan.length, 2, matrix);
    for (int k = 0; k < 2; k++)
        matrix[k] += index % all->plan.length * all->plan.step[k];
    const bool packed = all->packed != NULL;
    const REAL *a = (const REAL *)p->a + matrix[0] * p->m * p->k + i * p->a_row;
    const REAL *b = packed ? (const REAL *)all->packed + matrix[1] * all->packed_size + j * p->k
                           : (const REAL *)p->b + matrix[1] * p->k * p->n + j;
    REAL *c = (REAL *)p->c + (index * p->m + i) * p->n + j;
    const gt_gemm product = {
        .m = rows,
        .n = columns,
        .k = p->k,
        .segments = 1,
        .a_row = p->a_row,
        .a_column = p->a_column,
        .b_row = packed ? PANEL : p->b_row,
        .b_panel = packed ? p->k * PANEL : PANEL,
        .c_row = p->n,
    };
    NAMED(gt_gemm)(&product, a, b, c);
    if (p->bias)
        NAMED(add_bias)((const REAL *)p->bias + j, c, p->n, rows, columns);
}

static void NAMED(rectangles)(void *context, int64_t begin, int64_t end)
{
    const job *all = context;
    const int64_t parts = all->row_parts * all->column_parts;
    for (int64_t unit = begin; unit < end; unit++)
        NAMED(rectangle)(all, unit / parts, unit % parts);
}

static gt_status NAMED(run)(const gt_call *call, const gt_product *p)
{
    job all = {.product = p, .b_panels = (p->n + PANEL - 1) / PANEL};
    const int64_t count = gt_shape_size(&p->batch), matrices = gt_shape_size(&p->b_batch);
    if (count == 0 || p->m == 0 || p->n == 0)
        return GT_OK;
    /* A few rows do not pay for packing. */
    if (p->m >= 8 || p->b_column != 1 || p->n % PANEL != 0) {
        all.packed_size = NAMED(gt_gemm_packed)(p->k, p->n);
        all.packed = gt_call_scratch(call, (size_t)(matrices * all.packed_size) * sizeof(REAL));
        if (!all.packed)
            return GT_ERR_MEMORY;
        gt_parallel(matrices * all.b_panels, 1 + 32768 / (p->k * PANEL + 1), NAMED(pack), &all);
    }
    gt_broadcast_plan(&all.plan, &p->batch, 2, (const gt_shape *[]){&p->a_batch, &p->b_batch});
    all.rows = gt_gemm_even(p->m, MOST_ROWS);
    all.columns = gt_gemm_even(all.b_panels, MOST_PANELS) * PANEL;
    all.row_parts = (p->m - 1) / all.rows + 1;
    all.column_parts = (p->n - 1) / all.columns + 1;
    gt_parallel(count * all.row_parts * all.column_parts,
                gt_gemm_grain(2.0 * (double)all.rows * (double)all.columns * (double)p->k), NAMED(rectangles), &all);
    return GT_OK;
}

#undef PANEL

#endif
