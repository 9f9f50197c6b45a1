/* The micro-kernel of gemm.h: a tile of C in vectors that stay in registers, k cut into blocks so that a panel of B
 * stays near while the rows of A pass by. After Goto and van de Geijn, Anatomy of High-Performance Matrix
 * Multiplication (2008). Vector types, because gcc does not keep a tile of plain arrays in registers: 36 against 8
 * GFLOP/s. */
#ifndef REAL

#include "ops/gemm.h"

#include <string.h>

#define BLOCK_BYTES 65536 /* of a panel, for one block of k */
#define MOST_ROWS   12    /* of a tile: GT_GEMM_ROWS of two vectors each, or, in every set, so many of one */
#define FEW_SUMS    8     /* fewer than multiply-adds can be under way at once */

/* Inlined with constants for its first arguments, and all loops over the tile unrolled: only so are the sums in
 * registers. */
#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* AArch64 multiplies by one lane of a register: a load serves as many adjacent rows of A as there are lanes. Elsewhere
 * each of them is broadcast from memory. */
#ifdef __aarch64__
#define ROWS_BY_LANE(rows) ((rows) / LANES * LANES)
#else
#define ROWS_BY_LANE(rows) 0
#endif

#define KERNEL_FILE "ops/gemm.c"
#include "core/kernels.h"

#else

#include "core/vector.h"

#define LANES            GT_LANES
#define PANEL            GT_GEMM_PANEL
#define LOAD(from)       (*(const KERNEL(vector) *)(from))
#define STORE(to, value) (*(KERNEL(vector) *)(to) = (value))

/* A tile of C, over one block of k. */
typedef struct KERNEL(tile) {
    const gt_gemm *g;
    const REAL *a, *b, *bias;
    REAL *c;
    int64_t k, b_row, c_row;
    bool add, relu;
} KERNEL(tile);

INLINE KERNEL(vector) KERNEL(positive)(KERNEL(vector) x)
{
    return (KERNEL(vector))((KERNEL(bits))x & ~(x <= (KERNEL(vector)){0}));
}

/* clang-format takes the pragmas for statements. */
/* clang-format off */
/* One step of k: sum += a column of A times a row of B. */
INLINE void KERNEL(step)(const int rows, const int vectors, const bool adjacent_rows, const REAL *a, int64_t a_row,
                         const REAL *b, KERNEL(vector) sum[MOST_ROWS][2])
{
    const int by_lane = adjacent_rows ? ROWS_BY_LANE(rows) : 0;
    KERNEL(vector) row[2], column[MOST_ROWS];
    UNROLL
    for (int i = 0; i < by_lane; i += LANES)
        column[i / LANES] = LOAD(a + i);
    UNROLL
    for (int j = 0; j < vectors; j++)
        row[j] = LOAD(b + j * LANES);
    UNROLL
    for (int i = 0; i < rows; i++) {
        const REAL entry = i < by_lane ? column[i / LANES][i % LANES] : a[i * a_row];
        const KERNEL(vector) element = entry - (KERNEL(vector)){0};
        UNROLL
        for (int j = 0; j < vectors; j++)
            sum[i][j] += element * row[j];
    }
}

/* All steps of one segment. A's rows are adjacent, or its columns: then each row is a pointer to be moved on, and small
 * tiles do so once in two steps; large tiles would run out of registers, and the pointers cost less beside their
 * products. Where there are few sums, even and odd steps have sums of their own. */
INLINE void KERNEL(run_segment)(const int rows, const int vectors, const bool adjacent_rows, const KERNEL(tile) *t,
                                const REAL *a, const REAL *b, KERNEL(vector) sum[MOST_ROWS][2],
                                KERNEL(vector) odd[MOST_ROWS][2])
{
    const int64_t a_row = adjacent_rows ? 1 : t->g->a_row, a_column = adjacent_rows ? t->g->a_column : 1;
    const int64_t b_row = t->b_row, k = t->k;
    const bool few = rows * vectors < FEW_SUMS;
    if (rows * vectors > 12 || (adjacent_rows && !few)) {
        for (int64_t p = 0; p < k; p++, a += a_column, b += b_row)
            KERNEL(step)(rows, vectors, adjacent_rows, a, a_row, b, sum);
        return;
    }
    for (int64_t p = 0; p < k / 2; p++, a += 2 * a_column, b += 2 * b_row) {
        KERNEL(step)(rows, vectors, adjacent_rows, a, a_row, b, sum);
        KERNEL(step)(rows, vectors, adjacent_rows, a + a_column, a_row, b + b_row, few ? odd : sum);
    }
    if (k % 2)
        KERNEL(step)(rows, vectors, adjacent_rows, a, a_row, b, sum);
}

INLINE void KERNEL(run_tile)(const int rows, const int vectors, const bool adjacent_rows, const KERNEL(tile) *t)
{
    KERNEL(vector) sum[MOST_ROWS][2], odd[MOST_ROWS][2];
    UNROLL
    for (int i = 0; i < rows; i++)
        UNROLL
        for (int j = 0; j < vectors; j++)
            sum[i][j] = odd[i][j] = (KERNEL(vector)){0};
    for (int64_t s = 0; s < t->g->segments; s++)
        KERNEL(run_segment)(rows, vectors, adjacent_rows, t, t->a + s * t->g->a_segment,
                            t->b + s * t->g->b_segment * t->b_row, sum, odd);
    UNROLL
    for (int i = 0; i < rows; i++)
        UNROLL
        for (int j = 0; j < vectors; j++) {
            REAL *c = t->c + i * t->c_row + j * LANES;
            if (rows * vectors < FEW_SUMS)
                sum[i][j] += odd[i][j];
            if (t->add)
                sum[i][j] += LOAD(c);
            if (t->bias)
                sum[i][j] += LOAD(t->bias + j * LANES);
            if (t->relu)
                sum[i][j] = KERNEL(positive)(sum[i][j]);
            STORE(c, sum[i][j]);
        }
}
/* clang-format on */

#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        if (n <= GT_GEMM_ROWS || vectors == 1)                                                                         \
            KERNEL(run_tile)(n, vectors, adjacent_rows, t);                                                            \
        break
INLINE void KERNEL(run_rows)(const int64_t rows, const int vectors, const bool adjacent_rows, const KERNEL(tile) * t)
{
    switch (rows) {
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
    }
}
#undef CASE

static void KERNEL(run)(int64_t rows, int vectors, const KERNEL(tile) * t)
{
    if (t->g->a_column == 1)
        if (vectors == 1)
            KERNEL(run_rows)(rows, 1, false, t);
        else
            KERNEL(run_rows)(rows, 2, false, t);
    else if (vectors == 1)
        KERNEL(run_rows)(rows, 1, true, t);
    else
        KERNEL(run_rows)(rows, 2, true, t);
}

/* Transposes by interleaving one half of the rows with the other, log2(LANES) times. */
#if LANES == 2
#define ZIP_LOW  0, 2
#define ZIP_HIGH 1, 3
#elif LANES == 4
#define ZIP_LOW  0, 4, 1, 5
#define ZIP_HIGH 2, 6, 3, 7
#elif LANES == 8
#define ZIP_LOW  0, 8, 1, 9, 2, 10, 3, 11
#define ZIP_HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define ZIP_LOW  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define ZIP_HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#endif

/* clang-format off */
INLINE void KERNEL(transpose)(KERNEL(vector) row[LANES])
{
    UNROLL
    for (int width = 1; width < LANES; width *= 2) {
        KERNEL(vector) zipped[LANES];
        UNROLL
        for (int i = 0; i < LANES / 2; i++) {
            zipped[2 * i] = __builtin_shufflevector(row[i], row[i + LANES / 2], ZIP_LOW);
            zipped[2 * i + 1] = __builtin_shufflevector(row[i], row[i + LANES / 2], ZIP_HIGH);
        }
        memcpy(row, zipped, sizeof zipped);
    }
}
/* clang-format on */

/* What becomes of a vector of sums on its way to C. */
INLINE KERNEL(vector)
    KERNEL(finish)(const KERNEL(tile) * t, KERNEL(vector) sum, const REAL *c, int64_t column, int64_t lanes)
{
    if (t->add)
        sum += KERNEL(load)(c, lanes);
    if (t->bias)
        sum += KERNEL(load)(t->bias + column, lanes);
    return t->relu ? KERNEL(positive)(sum) : sum;
}

/* From `whole`, (rows, PANEL), to C: rows as they are. */
static void KERNEL(put_rows)(const KERNEL(tile) * t, const REAL *whole, int64_t rows, int64_t width)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < width; j += LANES) {
            REAL *c = t->c + i * t->c_row + j;
            const KERNEL(vector) sum = LOAD(whole + i * PANEL + j);
            KERNEL(store)(c, KERNEL(finish)(t, sum, c, j, width - j), width - j);
        }
}

/* clang-format off */
/* And turned, where C has these rows alone, 1, 2, 4 or 8: LANES columns from j on, interleaved. */
INLINE void KERNEL(interleave)(const int rows, const KERNEL(tile) *t, const REAL *whole, int64_t j)
{
    KERNEL(vector) row[8];
    UNROLL
    for (int i = 0; i < rows; i++) {
        row[i] = LOAD(whole + i * PANEL + j) + (t->bias ? t->bias[i] : 0);
        row[i] = t->relu ? KERNEL(positive)(row[i]) : row[i];
    }
    UNROLL
    for (int width = 1; width < rows; width *= 2) {
        KERNEL(vector) zipped[8];
        UNROLL
        for (int i = 0; i < rows / 2; i++) {
            zipped[2 * i] = __builtin_shufflevector(row[i], row[i + rows / 2], ZIP_LOW);
            zipped[2 * i + 1] = __builtin_shufflevector(row[i], row[i + rows / 2], ZIP_HIGH);
        }
        memcpy(row, zipped, (size_t)rows * sizeof row[0]);
    }
    UNROLL
    for (int i = 0; i < rows; i++)
        STORE(t->c + j * rows + i * LANES, row[i]);
}
/* clang-format on */

/* How many columns that could do. */
static int64_t KERNEL(put_interleaved)(const KERNEL(tile) * t, const REAL *whole, int64_t rows, int64_t width)
{
    int64_t j = 0;
    if (t->add || t->c_row != rows)
        return 0;
    for (; j + LANES <= width; j += LANES)
        switch (rows) {
        case 1:
            KERNEL(interleave)(1, t, whole, j);
            break;
        case 2:
            KERNEL(interleave)(2, t, whole, j);
            break;
        case 4:
            KERNEL(interleave)(4, t, whole, j);
            break;
        case 8:
            KERNEL(interleave)(8, t, whole, j);
            break;
        default:
            return 0;
        }
    return j;
}

/* What is left, and any other rows: squares of them transposed on the way. */
static void KERNEL(put_turned)(const KERNEL(tile) * t, const REAL *whole, int64_t rows, int64_t width)
{
    const int64_t done = KERNEL(put_interleaved)(t, whole, rows, width);
    for (int64_t i = 0; i < rows; i += LANES)
        for (int64_t j = done; j < width; j += LANES) {
            KERNEL(vector) square[LANES];
            for (int k = 0; k < LANES; k++)
                square[k] = i + k < rows ? LOAD(whole + (i + k) * PANEL + j) : (KERNEL(vector)){0};
            KERNEL(transpose)(square);
            for (int k = 0; k < LANES && j + k < width; k++) {
                REAL *c = t->c + (j + k) * t->c_row + i;
                KERNEL(store)(c, KERNEL(finish)(t, square[k], c, i, rows - i), rows - i);
            }
        }
}

/* A tile whose columns are fewer than its vectors hold, or not adjacent in C: by way of a whole one. */
static void KERNEL(run_aside)(int64_t rows, int vectors, int64_t width, const KERNEL(tile) * t)
{
    REAL whole[MOST_ROWS * PANEL];
    KERNEL(tile) aside = *t;
    aside.c = whole;
    aside.c_row = PANEL;
    aside.bias = NULL;
    aside.add = aside.relu = false;
    KERNEL(run)(rows, vectors, &aside);
    if (t->g->turned)
        KERNEL(put_turned)(t, whole, rows, width);
    else
        KERNEL(put_rows)(t, whole, rows, width);
}

/* All of C, for the block of k that begins at p. */
static void KERNEL(block)(const gt_gemm *g, const REAL *a, const REAL *b, REAL *c, int64_t p, int64_t k)
{
    const bool last = p + k >= g->k;
    const REAL *bias = last ? g->bias : NULL;
    /* Rows are shared out evenly, so that no tile is left with a single row. */
    const int64_t most = g->n <= LANES ? MOST_ROWS : GT_GEMM_ROWS;
    int64_t tiles = (g->m + most - 1) / most;
    for (int64_t i = 0; tiles > 0; tiles--) {
        const int64_t rows = (g->m - i - 1) / tiles + 1;
        for (int64_t j = 0; j < g->n; j += PANEL) {
            const int64_t width = g->n - j < PANEL ? g->n - j : PANEL;
            const int vectors = width <= LANES ? 1 : 2;
            KERNEL(tile) t = {.g = g, .a = a + i * g->a_row + p * g->a_column, .k = k};
            t.c = g->turned ? c + j * g->c_row + i : c + i * g->c_row + j;
            t.b_row = g->b_rows ? vectors * LANES : g->b_row;
            t.b = b + (g->b_rows ? j * g->b_rows : j) + (g->b_at + p) * t.b_row;
            t.bias = bias ? bias + (g->turned ? i : j) : NULL;
            t.c_row = g->c_row;
            t.add = p > 0 || g->add;
            t.relu = g->relu && last;
            if (width == vectors * LANES && !g->turned)
                KERNEL(run)(rows, vectors, &t);
            else
                KERNEL(run_aside)(rows, vectors, width, &t);
        }
        i += rows;
    }
}

void KERNEL(gt_gemm)(const gt_gemm *g, const REAL *a, const REAL *b, REAL *c)
{
    const int64_t block = gt_gemm_even(g->k, BLOCK_BYTES / (PANEL * (int64_t)sizeof(REAL)));
    int64_t p = 0;
    do {
        KERNEL(block)(g, a, b, c, p, g->k - p < block ? g->k - p : block);
        p += block;
    } while (p < g->k);
}

int64_t KERNEL(gt_gemm_packed)(int64_t rows, int64_t n)
{
    return (n + LANES - 1) / LANES * LANES * rows;
}

/* clang-format off */
/* to[p][j] = from[j][p]: a square of LANES rows. */
INLINE void KERNEL(turn)(REAL *to, int64_t to_row, const REAL *from, int64_t from_row)
{
    KERNEL(vector) row[LANES];
    UNROLL
    for (int i = 0; i < LANES; i++)
        row[i] = LOAD(from + i * from_row);
    KERNEL(transpose)(row);
    UNROLL
    for (int i = 0; i < LANES; i++)
        STORE(to + i * to_row, row[i]);
}
/* clang-format on */

void KERNEL(gt_gemm_transpose)(REAL *to, int64_t to_row, const REAL *from, int64_t from_row, int64_t rows,
                               int64_t columns)
{
    const int64_t whole_rows = rows - rows % LANES, whole_columns = columns - columns % LANES;
    for (int64_t j = 0; j < whole_rows; j += LANES)
        for (int64_t p = 0; p < whole_columns; p += LANES)
            KERNEL(turn)(to + p * to_row + j, to_row, from + j * from_row + p, from_row);
    for (int64_t j = 0; j < rows; j++)
        for (int64_t p = j < whole_rows ? whole_columns : 0; p < columns; p++)
            to[p * to_row + j] = from[j * from_row + p];
}

/* A panel's rows from adjacent columns of B, filled up with zeros. The last rows are copied entry by entry: what is
 * read behind the others is the row that follows. */
INLINE void KERNEL(pack_rows)(const int vectors, REAL *panel, const REAL *b, int64_t b_row, int64_t k, int64_t width)
{
    const int64_t wide = vectors * LANES;
    KERNEL(bits) mask[2];
    memset(mask, 0, sizeof mask);
    memset(mask, 0xff, (size_t)width * sizeof(REAL));
    int64_t p = 0;
    for (; p < k && (k - 1 - p) * b_row + width >= wide; p++)
        for (int j = 0; j < vectors; j++) {
            const KERNEL(vector) row = LOAD(b + p * b_row + j * LANES);
            STORE(panel + p * wide + j * LANES, (KERNEL(vector))((KERNEL(bits))row & mask[j]));
        }
    for (; p < k; p++)
        for (int64_t j = 0; j < wide; j++)
            panel[p * wide + j] = j < width ? b[p * b_row + j] : 0;
}

void KERNEL(gt_gemm_pack)(REAL *packed, int64_t rows, int64_t at, const REAL *b, int64_t b_row, int64_t b_column,
                          int64_t k, int64_t n)
{
    for (int64_t j = 0; j < n; j += PANEL, b += PANEL * b_column) {
        const int64_t width = n - j < PANEL ? n - j : PANEL, wide = width <= LANES ? LANES : PANEL;
        REAL *panel = packed + j * rows + at * wide;
        if (b_column == 1 && wide == LANES)
            KERNEL(pack_rows)(1, panel, b, b_row, k, width);
        else if (b_column == 1)
            KERNEL(pack_rows)(2, panel, b, b_row, k, width);
        else {
            if (width < wide)
                memset(panel, 0, (size_t)(k * wide) * sizeof(REAL));
            KERNEL(gt_gemm_transpose)(panel, wide, b, b_column, width, k);
        }
    }
}

#undef ZIP_LOW
#undef ZIP_HIGH
#undef LANES
#undef PANEL
#undef LOAD
#undef STORE

#endif
