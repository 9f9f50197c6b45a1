/* The micro-kernel of gemm.h: a tile of C in vectors that stay in registers, k cut into blocks so that a panel of B
 * stays near while the rows of A pass by. After Goto and van de Geijn, Anatomy of High-Performance Matrix
 * Multiplication (2008). Vector types, because gcc does not keep a tile of plain arrays in registers: 36 against 8
 * GFLOP/s. */
#ifndef REAL

#include "ops/gemm.h"

#include <string.h>

#define BLOCK_BYTES 32768 /* of a panel, for one block of k */
#define MOST_ROWS   12    /* of a tile, for any instruction set */

/* Inlined with constants for its first arguments, and all loops over the tile unrolled: only so are the sums in
 * registers. */
#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL   _Pragma("unroll")
#define UNROLL_4 _Pragma("clang loop unroll_count(4)")
#else
#define UNROLL   _Pragma("GCC unroll 16")
#define UNROLL_4 _Pragma("GCC unroll 4")
#endif

#define KERNEL_FILE "ops/gemm.c"
#include "core/kernels.h"

#else

#define LANES (GT_VECTOR_BYTES / (int64_t)sizeof(REAL))
#define PANEL GT_GEMM_PANEL
/* Of two vectors each: as many as leave registers for a row of B and an element of A. */
#if GT_VECTOR_BYTES == 64 || defined(__aarch64__) /* 32 registers, else 16 */
#define TILE_ROWS 12
#else
#define TILE_ROWS 6
#endif

typedef REAL KERNEL(vector) __attribute__((vector_size(GT_VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));
#define LOAD(from) (*(const KERNEL(vector) *)(from))

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
    const __typeof__(x <= x) not_above = x <= (KERNEL(vector)){0};
    return (KERNEL(vector))((__typeof__(not_above))x & ~not_above);
}

/* clang-format takes the pragmas for statements. */
/* clang-format off */
/* A's rows are adjacent, or its columns. */
INLINE void KERNEL(run_tile)(const int rows, const int vectors, const bool adjacent_rows, const KERNEL(tile) *t)
{
    const int64_t a_row = adjacent_rows ? 1 : t->g->a_row, a_column = adjacent_rows ? t->g->a_column : 1;
    const int64_t b_row = t->b_row, k = t->k;
    KERNEL(vector) sum[MOST_ROWS][2];
    UNROLL
    for (int i = 0; i < rows; i++)
        UNROLL
        for (int j = 0; j < vectors; j++)
            sum[i][j] = (KERNEL(vector)){0};
    for (int64_t s = 0; s < t->g->segments; s++) {
        const REAL *a = t->a + s * t->g->a_segment, *b = t->b + s * t->g->b_segment * b_row;
        UNROLL_4
        for (int64_t p = 0; p < k; p++, a += a_column, b += b_row) {
            KERNEL(vector) row[2];
            UNROLL
            for (int j = 0; j < vectors; j++)
                row[j] = LOAD(b + j * LANES);
            UNROLL
            for (int i = 0; i < rows; i++) {
                const KERNEL(vector) element = a[i * a_row] - (KERNEL(vector)){0};
                UNROLL
                for (int j = 0; j < vectors; j++)
                    sum[i][j] += element * row[j];
            }
        }
    }
    UNROLL
    for (int i = 0; i < rows; i++)
        UNROLL
        for (int j = 0; j < vectors; j++) {
            REAL *c = t->c + i * t->c_row + j * LANES;
            if (t->add)
                sum[i][j] += LOAD(c);
            if (t->bias)
                sum[i][j] += LOAD(t->bias + j * LANES);
            if (t->relu)
                sum[i][j] = KERNEL(positive)(sum[i][j]);
            *(KERNEL(vector) *)c = sum[i][j];
        }
}
/* clang-format on */

#define CASE(n)                                                                                                        \
    case n:                                                                                                            \
        KERNEL(run_tile)(n, vectors, adjacent_rows, t);                                                                \
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
#if TILE_ROWS > 6
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
#endif
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

/* A tile of `width` columns, fewer than its vectors hold: by way of a whole one. */
static void KERNEL(run_edge)(int64_t rows, int vectors, int64_t width, const KERNEL(tile) * t)
{
    REAL whole[MOST_ROWS * PANEL];
    KERNEL(tile) edge = *t;
    edge.c = whole;
    edge.c_row = PANEL;
    edge.bias = NULL;
    edge.add = edge.relu = false;
    KERNEL(run)(rows, vectors, &edge);
    for (int64_t i = 0; i < rows; i++) {
        REAL *c = t->c + i * t->c_row;
        for (int64_t j = 0; j < width; j++) {
            REAL value = whole[i * PANEL + j];
            value = t->add ? value + c[j] : value;
            value = t->bias ? value + t->bias[j] : value;
            c[j] = t->relu && value <= 0 ? 0 : value;
        }
    }
}

/* All of C, for the block of k that begins at p. */
static void KERNEL(block)(const gt_gemm *g, const REAL *a, const REAL *b, REAL *c, int64_t p, int64_t k)
{
    const bool last = p + k >= g->k;
    const REAL *bias = last ? g->bias : NULL;
    /* Rows are shared out evenly, so that no tile is left with a single row. */
    int64_t tiles = (g->m + TILE_ROWS - 1) / TILE_ROWS;
    for (int64_t i = 0; tiles > 0; tiles--) {
        const int64_t rows = (g->m - i - 1) / tiles + 1;
        for (int64_t j = 0; j < g->n; j += PANEL) {
            const int64_t width = g->n - j < PANEL ? g->n - j : PANEL;
            const int vectors = width <= LANES ? 1 : 2;
            KERNEL(tile) t = {.g = g, .a = a + i * g->a_row + p * g->a_column, .c = c + i * g->c_row + j, .k = k};
            t.b_row = g->b_rows ? vectors * LANES : g->b_row;
            t.b = b + (g->b_rows ? j * g->b_rows : j) + (g->b_at + p) * t.b_row;
            t.bias = bias ? bias + j : NULL;
            t.c_row = g->c_row;
            t.add = p > 0 || g->add;
            t.relu = g->relu && last;
            if (width == vectors * LANES)
                KERNEL(run)(rows, vectors, &t);
            else
                KERNEL(run_edge)(rows, vectors, width, &t);
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

/* Where B's columns lie apart: through a square of elements at a time, so that both sides are walked along lines. */
static void KERNEL(pack_across)(REAL *packed, int64_t wide, const REAL *b, int64_t b_row, int64_t b_column, int64_t k,
                                int64_t width)
{
    for (int64_t p = 0; p < k; p += LANES)
        for (int64_t j = 0; j < width; j++)
            for (int64_t q = p; q < k && q < p + LANES; q++)
                packed[q * wide + j] = b[q * b_row + j * b_column];
    for (int64_t p = 0; p < k && width < wide; p++)
        memset(packed + p * wide + width, 0, (size_t)(wide - width) * sizeof(REAL));
}

void KERNEL(gt_gemm_pack)(REAL *packed, int64_t rows, int64_t at, const REAL *b, int64_t b_row, int64_t b_column,
                          int64_t k, int64_t n)
{
    for (int64_t j = 0; j < n; j += PANEL, b += PANEL * b_column) {
        const int64_t width = n - j < PANEL ? n - j : PANEL, wide = width <= LANES ? LANES : PANEL;
        REAL *panel = packed + j * rows + at * wide;
        if (b_column != 1)
            KERNEL(pack_across)(panel, wide, b, b_row, b_column, k, width);
        else if (width == PANEL)
            for (int64_t p = 0; p < k; p++)
                memcpy(panel + p * PANEL, b + p * b_row, PANEL * sizeof(REAL));
        else
            for (int64_t p = 0; p < k; p++) {
                memcpy(panel + p * wide, b + p * b_row, (size_t)width * sizeof(REAL));
                memset(panel + p * wide + width, 0, (size_t)(wide - width) * sizeof(REAL));
            }
    }
}

#undef LANES
#undef PANEL
#undef TILE_ROWS
#undef LOAD

#endif
