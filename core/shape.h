/* Element types and shapes: what a tensor is, without its values. */
#ifndef GT_SHAPE_H
#define GT_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

GT_PUBLIC_BEGIN

#define GT_MAX_RANK 8

typedef enum gt_dtype {
    GT_FLOAT32 = 0, /* the default */
    GT_FLOAT64 = 1, /* for checking gradients */
    GT_INT32 = 2,   /* labels and indices */
    GT_UINT8 = 3    /* images and truth values */
} gt_dtype;

/* Row-major: the last axis is contiguous. Rank 0 is a scalar. Fixed-width members only, so that a shape can stand in
 * an op's attributes, which must have no padding. */
typedef struct gt_shape {
    int64_t rank;
    int64_t dim[GT_MAX_RANK]; /* dim[rank..] is 0 */
} gt_shape;

/* What shape rules see of a tensor. */
typedef struct gt_spec {
    gt_dtype dtype;
    gt_shape shape;
} gt_spec;

#define GT_COUNT_ARGUMENTS_(a, b, c, d, e, f, g, h, n, ...) n
#define GT_COUNT_ARGUMENTS(...)                             GT_COUNT_ARGUMENTS_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
/* GT_SHAPE(100, 784): a shape of 1 to 8 axes; GT_SCALAR has none. */
#ifdef __cplusplus
#define GT_SHAPE(...) (gt_shape{GT_COUNT_ARGUMENTS(__VA_ARGS__), {__VA_ARGS__}})
#define GT_SCALAR     (gt_shape{0, {0}})
#else
#define GT_SHAPE(...) ((gt_shape){GT_COUNT_ARGUMENTS(__VA_ARGS__), {__VA_ARGS__}})
#define GT_SCALAR     ((gt_shape){0, {0}})
#endif

/* A shape from an array; the rank is not checked before the shape is used. */
gt_shape gt_shape_of(int rank, const int64_t *dim);

/* The product of all axes: 1 for a scalar. The shape must be valid. */
int64_t gt_shape_size(const gt_shape *shape);

bool gt_shape_equal(const gt_shape *a, const gt_shape *b);

/* GT_ERR_SHAPE where the rank is outside 0..8, an axis is negative, or the bytes overflow what one array can hold.
 * `who` begins the message. */
gt_status gt_shape_check(const char *who, gt_dtype dtype, const gt_shape *shape);

/* The NumPy rule: axes are matched from the last; 1 stretches. GT_ERR_SHAPE with both shapes where they do not fit. */
gt_status gt_shape_broadcast(const char *who, const gt_shape *a, const gt_shape *b, gt_shape *result);

/* A non-negative axis from one that may count from the end (-1 is the last); -1 if out of range. */
int gt_shape_axis(const gt_shape *shape, int axis);

/* Bytes of one element; 0 for a value that is no dtype. */
size_t gt_dtype_size(gt_dtype dtype);
const char *gt_dtype_name(gt_dtype dtype); /* "float32", ...; "unknown dtype" otherwise */
bool gt_dtype_is_real(gt_dtype dtype);     /* float32 or float64: what a gradient can be */

/* Whether a tensor of this dtype can hold the value: a whole number in range, or any number for a float dtype. */
bool gt_dtype_holds(gt_dtype dtype, double value);

/* A shape as text, "(100, 784)", for messages; held by value, so that several fit in one call. */
typedef struct gt_text {
    char text[8 * 22 + 4]; /* eight times 20 characters of an int64_t and ", " */
} gt_text;
gt_text gt_shape_text(const gt_shape *shape);

GT_PUBLIC_END

#endif
