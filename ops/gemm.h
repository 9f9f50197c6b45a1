/* The matrix product under matmul, linear and the convolutions: one micro-kernel, on the calling thread.
 *
 * C = the sum over segments s of A_s B_s [+ C] [+ bias], with A_s (m, k), B_s (k, n), C (m, n). A product has one
 * segment; a convolution has one for each filter row, its filter gradient one for each output row. A is read in place,
 * its rows or its columns adjacent in memory. B is read in panels of GT_GEMM_PANEL columns that lie side by side:
 * packed by gt_gemm_pack, or in place where its columns are adjacent and what lies behind the last, up to a whole
 * panel, may be read.
 *
 * The order of every sum depends on k and segments alone. So whoever cuts C into rectangles may hand them to any number
 * of threads. */
#ifndef REAL
#ifndef GT_GEMM_H
#define GT_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/isa_internal.h"

/* Inside a kernel: the columns of a panel, two registers of them; and the rows of C that are summed side by side, as
 * many as, two registers each, leave some for A and B. */
#define GT_GEMM_PANEL (2 * GT_VECTOR_BYTES / REAL_BYTES)
#ifdef __aarch64__
#define GT_GEMM_ROWS 12
#else
#define GT_GEMM_ROWS (GT_VECTOR_BYTES == 64 ? 12 : 6)
#endif

typedef struct gt_gemm {
    int64_t m, n, k, segments;
    int64_t a_row, a_column, a_segment; /* A_s[i][p] = a[i a_row + p a_column + s a_segment]; a_row or a_column is 1 */
    int64_t b_rows;                     /* of the packed matrix that b lies in; 0: in place */
    int64_t b_at;                       /* packed: the row of it at which B_0 begins */
    int64_t b_row;                      /* in place: from row to row */
    int64_t b_segment;                  /* rows of B from segment to segment */
    int64_t c_row;                      /* C[i][j] = c[i c_row + j]; rows may overlap where `add` is set */
    bool turned;                        /* C[i][j] = c[j c_row + i] instead */
    bool add;                           /* to what C holds */
    const void *bias;                   /* (n), for every row; turned: (m), for every column; NULL: none */
    bool relu;                          /* C = max(C, 0) at last; NaN stays */
} gt_gemm;

/* Rows or columns for each of as few parts as hold at most `most` each, shared out evenly; at least 1. */
static inline int64_t gt_gemm_even(int64_t count, int64_t most)
{
    const int64_t parts = count > 0 ? (count - 1) / most + 1 : 1;
    return count > 0 ? (count - 1) / parts + 1 : 1;
}

/* How many units of `flops` each make a part that is worth handing to a thread: 10 to 50 microseconds of
 * work, by instruction set. */
static inline int64_t gt_gemm_grain(double flops)
{
    const double worth = 2e6;
    return flops >= worth ? 1 : (int64_t)(worth / (flops > 1 ? flops : 1));
}

#define KERNEL_FILE "ops/gemm.h"
#include "core/kernels.h"

#endif
#else

/* With k or segments 0, the sum is 0. */
void KERNEL(gt_gemm)(const gt_gemm *g, const REAL *a, const REAL *b, REAL *c);

/* A packed (rows, n) matrix: panel after panel, each (rows, GT_GEMM_PANEL), its columns filled up with zeros; a last
 * panel of no more columns than a register holds is (rows, half of that). So panel j begins at j GT_GEMM_PANEL rows.
 * How many elements it takes: */
int64_t KERNEL(gt_gemm_packed)(int64_t rows, int64_t n);

/* to[j][i] = from[i][j], for (rows, columns) elements of `from`. */
void KERNEL(gt_gemm_transpose)(REAL *to, int64_t to_row, const REAL *from, int64_t from_row, int64_t rows,
                               int64_t columns);

/* Packs b[p b_row + j b_column], b_row or b_column being 1, as rows [at, at + k) of a packed (rows, n) matrix. */
void KERNEL(gt_gemm_pack)(REAL *packed, int64_t rows, int64_t at, const REAL *b, int64_t b_row, int64_t b_column,
                          int64_t k, int64_t n);

#endif
