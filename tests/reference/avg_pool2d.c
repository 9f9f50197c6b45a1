/* avg_pool2d: two copies into zeros of the padded size, of x and of ones; y is the sum of a window of the one over the
 * sum of that window of the other. */
#include <stdlib.h>

#include "tests/reference/reference.h"

void reference_avg_pool2d(const reference_call *call)
{
    const gt_pool2d_attributes *a = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    gt_shape shape = x->shape;
    for (int axis = 0; axis < 2; axis++)
        shape.dim[1 + axis] += a->before[axis] + a->after[axis];
    double *padded = calloc((size_t)gt_shape_size(&shape) + 1, sizeof *padded);
    double *ones = calloc((size_t)gt_shape_size(&shape) + 1, sizeof *ones);
    int64_t at[GT_MAX_RANK];
    for (int64_t k = 0; k < x->size; k++) {
        reference_unravel(&x->shape, k, at);
        at[1] += a->before[0];
        at[2] += a->before[1];
        padded[reference_ravel(&shape, at)] = x->values[k];
        ones[reference_ravel(&shape, at)] = 1;
    }
    for (int64_t k = 0; k < y->size; k++) {
        reference_unravel(&y->shape, k, at);
        double sum = 0, count = 0;
        for (int64_t u = 0; u < a->window[0]; u++)
            for (int64_t v = 0; v < a->window[1]; v++) {
                const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + u, at[2] * a->stride[1] + v, at[3]};
                sum += padded[reference_ravel(&shape, from)];
                count += ones[reference_ravel(&shape, from)];
            }
        y->values[k] = sum / count;
    }
    free(padded);
    free(ones);
}
