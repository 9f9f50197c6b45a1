/* gt_tensor_assign: values from one tensor to another, by way of the host. */
#include <string.h>

#include "core/memory.h"
#include "core/tensor_internal.h"

/* Reads `from` into `values`, which has `size` numbers of the dtype `to`. */
static gt_status read_as(const gt_tensor *from, gt_dtype to, void *values, int64_t size)
{
    const gt_dtype dtype = gt_tensor_dtype(from);
    const size_t bytes = (size_t)size * gt_dtype_size(dtype);
    if (dtype == to)
        return gt_tensor_read(from, values, bytes);
    void *read = gt_pool_allocate(bytes);
    gt_status status = read ? gt_tensor_read(from, read, bytes) : GT_ERR_MEMORY;
    for (int64_t i = 0; status == GT_OK && i < size; i++)
        if (to == GT_FLOAT64)
            ((double *)values)[i] = (double)((const float *)read)[i];
        else
            ((float *)values)[i] = (float)((const double *)read)[i];
    gt_pool_release(read, bytes);
    return status;
}

gt_status gt_tensor_assign(gt_tensor *tensor, const gt_tensor *from)
{
    if (!tensor || !from)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tensor_assign: %s is NULL",
                       tensor ? "what it is to be set to" : "the tensor");
    const gt_shape shape = gt_tensor_shape(tensor), other = gt_tensor_shape(from);
    const gt_dtype dtype = gt_tensor_dtype(tensor), given = gt_tensor_dtype(from);
    if (!gt_shape_equal(&shape, &other))
        return gt_fail(GT_ERR_SHAPE, "gt_tensor_assign: %s cannot be set to a tensor %s", gt_tensor_label(tensor).text,
                       gt_shape_text(&other).text);
    if (dtype != given && !(gt_dtype_is_real(dtype) && gt_dtype_is_real(given)))
        return gt_fail(GT_ERR_DTYPE, "gt_tensor_assign: %s cannot be set to %s", gt_tensor_label(tensor).text,
                       gt_dtype_name(given));
    const int64_t size = gt_shape_size(&shape);
    const size_t bytes = (size_t)size * gt_dtype_size(dtype);
    void *values = gt_pool_allocate(bytes);
    gt_status status = values ? read_as(from, dtype, values, size) : GT_ERR_MEMORY;
    if (status == GT_OK)
        status = gt_tensor_write(tensor, values, bytes);
    gt_pool_release(values, bytes);
    return status;
}
