/* Matrix products through cuBLAS, which is opened at the first product.
 *
 * A product of (m, k) and (k, n) does 2 m n k operations on 4 (m k + k n + m n) bytes of float: from m = n = k = 128 on
 * an H100 is bound by its 67 TFLOP/s (float32; some 400 with TF32), not by its 3.35 TB/s. */
#ifndef GT_CUDA_BLAS_H
#define GT_CUDA_BLAS_H

#include "cuda/kernel.h"

/* C = A B for `count` pairs of row-major matrices; C (m, n) lies one behind the other, A and B `a_apart` and `b_apart`
 * elements apart (0: the same one for all). A transposed A lies as (k, m), a transposed B as (n, k). */
struct gt_blas_product {
    int64_t m, n, k;
    bool transpose_a, transpose_b;
    int64_t count, a_apart, b_apart;
};

/* GT_ERR_DEVICE if cuBLAS cannot be opened or fails, GT_ERR_UNSUPPORTED for sizes past its 32 bits. */
template <typename real>
gt_status gt_blas_run(const gt_call *call, const gt_blas_product *product, const real *a, const real *b, real *c);

#endif
