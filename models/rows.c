#include "models/rows.h"

#include <math.h>
#include <string.h>

#include "core/tensor_internal.h" /* gt_element */

gt_status gt_rows_copy(gt_tensor *to, const gt_tensor *from, const int32_t *order, int64_t count)
{
    const char *source = gt_tensor_data(from);
    char *target = gt_tensor_data_write(to);
    if (!source || !target)
        return GT_ERR_DEVICE;
    const int64_t rows = gt_tensor_dim(from, 0);
    const size_t row = rows ? (size_t)(gt_tensor_size(from) / rows) * gt_dtype_size(gt_tensor_dtype(from)) : 0;
    for (int64_t i = 0; i < count; i++)
        memcpy(target + (size_t)i * row, source + (size_t)order[i] * row, row);
    return GT_OK;
}

gt_tensor *gt_rows_like(const gt_tensor *like, int64_t rows)
{
    gt_shape shape = gt_tensor_shape(like);
    shape.dim[0] = rows;
    return gt_tensor_new(gt_tensor_dtype(like), shape);
}

gt_status gt_rows_check(const char *who, const gt_tensor *x, const gt_tensor *y)
{
    if (!x)
        return gt_fail(GT_ERR_ARGUMENT, "%s: x is NULL", who);
    const gt_shape shape = gt_tensor_shape(x), other = gt_tensor_shape(y);
    if (shape.rank == 0 || (y && other.rank == 0))
        return gt_fail(GT_ERR_SHAPE, "%s: %s is a single number: rows are expected", who, shape.rank ? "y" : "x");
    if (shape.dim[0] > INT32_MAX)
        return gt_fail(GT_ERR_SHAPE, "%s: x %s has more than %d rows", who, gt_shape_text(&shape).text, INT32_MAX);
    if (y && shape.dim[0] != other.dim[0])
        return gt_fail(GT_ERR_SHAPE, "%s: x %s and y %s have different numbers of rows", who,
                       gt_shape_text(&shape).text, gt_shape_text(&other).text);
    return GT_OK;
}

int64_t gt_row_argmax(gt_dtype dtype, const void *values, int64_t row, int64_t columns)
{
    int64_t best = 0;
    double most = gt_element(dtype, values, row * columns);
    for (int64_t i = 1; i < columns && !isnan(most); i++) {
        const double value = gt_element(dtype, values, row * columns + i);
        if (value > most || isnan(value)) {
            most = value;
            best = i;
        }
    }
    return best;
}
