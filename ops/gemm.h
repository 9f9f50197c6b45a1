/* The matrix product under matmul, linear and the convolutions: one micro-kernel, on the calling thread.
 *
 * C = [C +] the sum over segments s of A_s B_s, with A_s (m, k), B_s (k, n), C (m, n). A product has one segment; a
 * convolution has one for each filter row, its filter gradient one for each output row. A is read in place through any
 * strides. B is read in panels of GT_GEMM_PANEL columns that lie side by side in memory: packed by gt_gemm_pack, or in
 * place where its columns are contiguous and their number is a multiple of the panel.
 *
 * The order of every sum depends on k and segments alone. So whoever cuts C into rectangles may hand them to any number
 * of threads. */
#ifndef GT_GEMM_H
#define GT_GEMM_H

#include <stdbool.h>
#include <stdint.h>

/* Columns of a panel: 64 bytes of them. */
#define GT_GEMM_PANEL(real) (64 / (int64_t)sizeof(real))

typedef struct gt_gemm {
    int64_t m, n, k, segments;
    int64_t a_row, a_column, a_segment; /* A_s[i][p] = a[i a_row + p a_column + s a_segment] */
    int64_t b_row, b_panel, b_segment;  /* B_s[p][j] = b[p b_row + (j / panel) b_panel + j % panel + s b_segment] */
    int64_t c_row;                      /* C[i][j] = c[i c_row + j]; rows may overlap where `add` is set */
    bool add;
} gt_gemm;

/* With k or segments 0, the sum is 0. */
void gt_gemm_f32(const gt_gemm *g, const float *a, const float *b, float *c);
void gt_gemm_f64(const gt_gemm *g, const double *a, const double *b, double *c);

/* Elements of a packed (k, n) matrix: n rounded up to whole panels. */
int64_t gt_gemm_packed_f32(int64_t k, int64_t n);
int64_t gt_gemm_packed_f64(int64_t k, int64_t n);

/* Packs the (k, n) matrix with elements b[p b_row + j b_column], its last panel filled up with zeros: to be read with
 * b_row = the panel's columns and b_panel = k times that. */
void gt_gemm_pack_f32(float *packed, const float *b, int64_t b_row, int64_t b_column, int64_t k, int64_t n);
void gt_gemm_pack_f64(double *packed, const double *b, int64_t b_row, int64_t b_column, int64_t k, int64_t n);

/* Rows or columns for each of as few parts as hold at most `most` each, shared out evenly; at least 1. */
static inline int64_t gt_gemm_even(int64_t count, int64_t most)
{
    const int64_t parts = count > 0 ? (count - 1) / most + 1 : 1;
    return count > 0 ? (count - 1) / parts + 1 : 1;
}

/* How many units of `flops` each make a part that is worth handing to a thread: about 20 microseconds of work. */
static inline int64_t gt_gemm_grain(double flops)
{
    const double worth = 5e5;
    return flops >= worth ? 1 : (int64_t)(worth / (flops > 1 ? flops : 1));
}

#endif
