/* max_pool2d: the images are copied into -infinity of the padded size; then y is the largest entry of each window, or
 * NaN if one is in it. */
#include <math.h>
#include <stdlib.h>

#include "tests/reference/reference.h"

void reference_max_pool2d(const reference_call *call)
{
    const gt_pool2d_attributes *a = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    gt_shape shape = x->shape;
    for (int axis = 0; axis < 2; axis++)
        shape.dim[1 + axis] += a->before[axis] + a->after[axis];
    const int64_t size = gt_shape_size(&shape);
    double *padded = calloc((size_t)size + 1, sizeof *padded);
    for (int64_t k = 0; k < size; k++)
        padded[k] = -(double)INFINITY;
    int64_t at[GT_MAX_RANK];
    for (int64_t k = 0; k < x->size; k++) {
        reference_unravel(&x->shape, k, at);
        at[1] += a->before[0];
        at[2] += a->before[1];
        padded[reference_ravel(&shape, at)] = x->values[k];
    }
    for (int64_t k = 0; k < y->size; k++) {
        reference_unravel(&y->shape, k, at);
        y->values[k] = -(double)INFINITY;
        for (int64_t u = 0; u < a->window[0]; u++)
            for (int64_t v = 0; v < a->window[1]; v++) {
                const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + u, at[2] * a->stride[1] + v, at[3]};
                const double value = padded[reference_ravel(&shape, from)];
                if (isnan(value) || value > y->values[k])
                    y->values[k] = value;
            }
    }
    free(padded);
}
