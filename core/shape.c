/* Element types and shapes. */
#include "core/shape.h"

#include <stdio.h>
#include <string.h>

size_t gt_dtype_size(gt_dtype dtype)
{
    switch (dtype) {
    case GT_FLOAT32:
        return 4;
    case GT_FLOAT64:
        return 8;
    case GT_INT32:
        return 4;
    case GT_UINT8:
        return 1;
    }
    return 0;
}

const char *gt_dtype_name(gt_dtype dtype)
{
    switch (dtype) {
    case GT_FLOAT32:
        return "float32";
    case GT_FLOAT64:
        return "float64";
    case GT_INT32:
        return "int32";
    case GT_UINT8:
        return "uint8";
    }
    return "unknown dtype";
}

bool gt_dtype_is_real(gt_dtype dtype)
{
    return dtype == GT_FLOAT32 || dtype == GT_FLOAT64;
}

bool gt_dtype_holds(gt_dtype dtype, double value)
{
    switch (dtype) {
    case GT_FLOAT32:
    case GT_FLOAT64:
        return true;
    case GT_INT32:
        return value >= INT32_MIN && value <= INT32_MAX && value == (int32_t)value;
    case GT_UINT8:
        return value >= 0 && value <= UINT8_MAX && value == (uint8_t)value;
    }
    return false;
}

gt_shape gt_shape_of(int rank, const int64_t *dim)
{
    gt_shape shape = {.rank = rank};
    for (int i = 0; i < rank && i < GT_MAX_RANK; i++)
        shape.dim[i] = dim[i];
    return shape;
}

int64_t gt_shape_size(const gt_shape *shape)
{
    int64_t size = 1;
    for (int i = 0; i < shape->rank; i++)
        size *= shape->dim[i];
    return size;
}

bool gt_shape_equal(const gt_shape *a, const gt_shape *b)
{
    return a->rank == b->rank && memcmp(a->dim, b->dim, (size_t)a->rank * sizeof a->dim[0]) == 0;
}

gt_status gt_shape_check(const char *who, gt_dtype dtype, const gt_shape *shape)
{
    if (shape->rank < 0 || shape->rank > GT_MAX_RANK)
        return gt_fail(GT_ERR_SHAPE, "%s: %lld axes, but a tensor has 0 to %d", who, (long long)shape->rank,
                       GT_MAX_RANK);
    size_t element = gt_dtype_size(dtype);
    if (element == 0)
        return gt_fail(GT_ERR_DTYPE, "%s: %d is not a dtype", who, (int)dtype);
    int64_t left = (int64_t)((PTRDIFF_MAX / 2) / element);
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dim[i] < 0)
            return gt_fail(GT_ERR_SHAPE, "%s: axis %d of %s is negative", who, i, gt_shape_text(shape).text);
        /* A zero axis does not excuse the others: their product is still taken by shape rules. */
        if (shape->dim[i] > 1)
            left /= shape->dim[i];
        if (left == 0)
            return gt_fail(GT_ERR_SHAPE, "%s: %s of %s is more than memory can hold", who, gt_shape_text(shape).text,
                           gt_dtype_name(dtype));
    }
    return GT_OK;
}

gt_status gt_shape_broadcast(const char *who, const gt_shape *a, const gt_shape *b, gt_shape *result)
{
    int64_t rank = a->rank > b->rank ? a->rank : b->rank;
    *result = (gt_shape){.rank = rank};
    for (int64_t i = 1; i <= rank; i++) {
        int64_t from_a = i <= a->rank ? a->dim[a->rank - i] : 1;
        int64_t from_b = i <= b->rank ? b->dim[b->rank - i] : 1;
        if (from_a != from_b && from_a != 1 && from_b != 1)
            return gt_fail(GT_ERR_SHAPE, "%s: %s and %s do not broadcast", who, gt_shape_text(a).text,
                           gt_shape_text(b).text);
        result->dim[rank - i] = from_a == 1 ? from_b : from_a;
    }
    return GT_OK;
}

int gt_shape_axis(const gt_shape *shape, int axis)
{
    int rank = (int)shape->rank;
    if (axis < -rank || axis >= rank)
        return -1;
    return axis < 0 ? axis + rank : axis;
}

gt_text gt_shape_text(const gt_shape *shape)
{
    gt_text text = {"("};
    size_t used = 1;
    int64_t rank = shape->rank < 0 ? 0 : shape->rank > GT_MAX_RANK ? GT_MAX_RANK : shape->rank;
    for (int64_t i = 0; i < rank; i++)
        used += (size_t)snprintf(text.text + used, sizeof text.text - used, i ? ", %lld" : "%lld",
                                 (long long)shape->dim[i]);
    /* As Python writes a tuple of one. */
    snprintf(text.text + used, sizeof text.text - used, rank == 1 ? ",)" : ")");
    return text;
}
