/* The micro-kernel of gemm.h: a tile of C in vectors that stay in registers, k cut into blocks so that a panel of B
 * stays in the first-level cache while the rows of A pass by. After Goto and van de Geijn, Anatomy of High-Performance
 * Matrix Multiplication (2008). Vector types, because gcc does not keep a tile of plain arrays in registers: 36 against
 * 8 GFLOP/s. */
#ifndef REAL

#include "ops/gemm.h"

#include <string.h>

#define TILE_ROWS    4
#define BLOCK_K      256 /* a panel's block: 16 KiB */
#define VECTOR_BYTES 16
#define VECTORS      (64 / VECTOR_BYTES) /* of a panel */

/* Inlined with a constant number of rows, and all loops over the tile unrolled: only so are the sums in registers. */
#define INLINE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define REAL_FILE "ops/gemm.c"
#include "core/real.h"

#else

#define PANEL GT_GEMM_PANEL(REAL)
#define LANES (VECTOR_BYTES / (int)sizeof(REAL))

typedef REAL NAMED(vector) __attribute__((vector_size(VECTOR_BYTES), aligned(sizeof(REAL)), may_alias));

/* clang-format takes the pragmas for statements. */
/* clang-format off */
/* One tile: `rows` rows, one panel of which `width` columns are C's. */
INLINE void NAMED(tile)(const int rows, const gt_gemm *g, const REAL *a, const REAL *b, REAL *c, int64_t width,
                        int64_t k, bool add)
{
    const int64_t a_row = g->a_row, a_column = g->a_column, b_row = g->b_row;
    NAMED(vector) sum[TILE_ROWS][VECTORS];
    UNROLL
    for (int i = 0; i < rows; i++)
        UNROLL
        for (int j = 0; j < VECTORS; j++)
            sum[i][j] = (NAMED(vector)){0};
    for (int64_t s = 0; s < g->segments; s++) {
        const REAL *column = a + s * g->a_segment, *row = b + s * g->b_segment;
        for (int64_t p = 0; p < k; p++, column += a_column, row += b_row)
            UNROLL
            for (int i = 0; i < rows; i++)
                UNROLL
                for (int j = 0; j < VECTORS; j++)
                    sum[i][j] += column[i * a_row] * *(const NAMED(vector) *)(row + j * LANES);
    }
    UNROLL
    for (int i = 0; i < rows; i++, c += g->c_row) {
        REAL line[VECTORS * LANES];
        memcpy(line, sum[i], sizeof line);
        for (int64_t j = 0; add && j < width; j++)
            line[j] += c[j];
        memcpy(c, line, (size_t)width * sizeof(REAL));
    }
}
/* clang-format on */

static void NAMED(tile_of)(int64_t rows, const gt_gemm *g, const REAL *a, const REAL *b, REAL *c, int64_t width,
                           int64_t k, bool add)
{
    switch (rows) {
    case 1:
        NAMED(tile)(1, g, a, b, c, width, k, add);
        break;
    case 2:
        NAMED(tile)(2, g, a, b, c, width, k, add);
        break;
    case 3:
        NAMED(tile)(3, g, a, b, c, width, k, add);
        break;
    default:
        NAMED(tile)(4, g, a, b, c, width, k, add);
        break;
    }
}

/* All of C, for one block of k. */
static void NAMED(block)(const gt_gemm *g, const REAL *a, const REAL *b, REAL *c, int64_t k, bool add)
{
    for (int64_t j = 0; j < g->n; j += PANEL, b += g->b_panel) {
        const int64_t width = g->n - j < PANEL ? g->n - j : PANEL;
        /* Rows are shared out evenly, so that no tile is left with a single row. */
        int64_t tiles = (g->m + TILE_ROWS - 1) / TILE_ROWS;
        for (int64_t i = 0; tiles > 0; tiles--) {
            const int64_t rows = (g->m - i - 1) / tiles + 1;
            NAMED(tile_of)(rows, g, a + i * g->a_row, b, c + i * g->c_row + j, width, k, add);
            i += rows;
        }
    }
}

void NAMED(gt_gemm)(const gt_gemm *g, const REAL *a, const REAL *b, REAL *c)
{
    int64_t p = 0;
    do {
        const int64_t k = g->k - p < BLOCK_K ? g->k - p : BLOCK_K;
        NAMED(block)(g, a + p * g->a_column, b + p * g->b_row, c, k, g->add || p > 0);
        p += k;
    } while (p < g->k);
}

int64_t NAMED(gt_gemm_packed)(int64_t k, int64_t n)
{
    return (n + PANEL - 1) / PANEL * PANEL * k;
}

void NAMED(gt_gemm_pack)(REAL *packed, const REAL *b, int64_t b_row, int64_t b_column, int64_t k, int64_t n)
{
    for (int64_t panel = 0; panel < n; panel += PANEL, b += PANEL * b_column) {
        const int64_t width = n - panel < PANEL ? n - panel : PANEL;
        for (int64_t p = 0; p < k; p++, packed += PANEL) {
            for (int64_t j = 0; j < width; j++)
                packed[j] = b[p * b_row + j * b_column];
            for (int64_t j = width; j < PANEL; j++)
                packed[j] = 0;
        }
    }
}

#undef PANEL
#undef LANES

#endif
