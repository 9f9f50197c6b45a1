/* conv2d: the images are copied into zeros of the padded size; then
 * y[n, i, j, o] = sum over u, v, c of padded[n, i s + u d, j s + v d, c] filter[u, v, c, o]. */
#include <stdlib.h>

#include "tests/reference/reference.h"

static double *padded_copy(const reference_array *x, const gt_conv2d_attributes *a, gt_shape *shape)
{
    *shape = x->shape;
    for (int axis = 0; axis < 2; axis++)
        shape->dim[1 + axis] += a->before[axis] + a->after[axis];
    double *padded = calloc((size_t)gt_shape_size(shape) + 1, sizeof *padded);
    for (int64_t k = 0; k < x->size; k++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&x->shape, k, index);
        index[1] += a->before[0];
        index[2] += a->before[1];
        padded[reference_ravel(shape, index)] = x->values[k];
    }
    return padded;
}

void reference_conv2d(const reference_call *call)
{
    const gt_conv2d_attributes *a = call->attributes;
    const reference_array *filter = &call->input[1];
    reference_array *y = &call->output[0];
    gt_shape shape;
    double *padded = padded_copy(&call->input[0], a, &shape);
    for (int64_t k = 0; k < y->size; k++) {
        int64_t at[GT_MAX_RANK], tap[GT_MAX_RANK];
        reference_unravel(&y->shape, k, at);
        y->values[k] = 0;
        for (int64_t t = 0; t < filter->size; t++) {
            reference_unravel(&filter->shape, t, tap);
            if (tap[3] != at[3])
                continue;
            const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + tap[0] * a->dilation[0],
                                               at[2] * a->stride[1] + tap[1] * a->dilation[1], tap[2]};
            y->values[k] += padded[reference_ravel(&shape, from)] * filter->values[t];
        }
    }
    free(padded);
}
