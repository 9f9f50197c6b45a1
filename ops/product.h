/* Batches of matrix products on all threads: what matmul, linear and linear_relu run. */
#ifndef GT_PRODUCT_H
#define GT_PRODUCT_H

#include "core/broadcast.h"

/* C = A B [+ bias] [, max(C, 0)], for each matrix of a batch; A (m, k), B (k, n), C (m, n), bias (n) or NULL. */
typedef struct gt_product {
    int64_t m, n, k;
    int64_t a_row, a_column, b_row, b_column;
    gt_shape batch, a_batch, b_batch; /* C's leading axes, and A's and B's, which broadcast to them */
    const void *a, *b, *bias;
    bool relu;
    void *c;
} gt_product;

gt_status gt_product_run(const gt_call *call, gt_dtype dtype, const gt_product *product);

#endif
