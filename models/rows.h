/* Rows of a data set, gathered by index. Private to models/. */
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

#endif
