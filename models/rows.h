/* Rows of tensors: gathered by index, checked, searched. Private to models/ and the program. */
#ifndef GT_ROWS_H
#define GT_ROWS_H

#include "core/tensor.h"

/* Row i of `to` becomes row order[i] of `from`, for i < count. Same dtype and row shape; both on the CPU. */
gt_status gt_rows_copy(gt_tensor *to, const gt_tensor *from, const int32_t *order, int64_t count);

/* A tensor without values that has `rows` rows like those of `like`. NULL with the message set. */
gt_tensor *gt_rows_like(const gt_tensor *like, int64_t rows);

/* GT_ERR_SHAPE unless x, and y where it is not NULL, have rows, as many as each other, and no more than an int32
 * counts; GT_ERR_ARGUMENT where x is NULL. `who` begins the message. */
gt_status gt_rows_check(const char *who, const gt_tensor *x, const gt_tensor *y);

/* Where the first maximum of a row of `columns` values is, as gt_argmax finds it: a NaN counts as one. */
int64_t gt_row_argmax(gt_dtype dtype, const void *values, int64_t row, int64_t columns);

#endif
