/* depthwise_conv2d: a copy of x into zeros of the padded size; then each output is the sum over the filter's entries
 * (u, v, c, m) whose output is its own, o = c multiplier + m. */
#include <stdlib.h>

#include "tests/reference/reference.h"

void reference_depthwise_conv2d(const reference_call *call)
{
    const gt_conv2d_attributes *a = call->attributes;
    const reference_array *x = &call->input[0], *filter = &call->input[1];
    reference_array *y = &call->output[0];
    gt_shape shape = x->shape;
    for (int axis = 0; axis < 2; axis++)
        shape.dim[1 + axis] += a->before[axis] + a->after[axis];
    double *padded = calloc((size_t)gt_shape_size(&shape) + 1, sizeof *padded);
    int64_t at[GT_MAX_RANK], tap[GT_MAX_RANK];
    for (int64_t k = 0; k < x->size; k++) {
        reference_unravel(&x->shape, k, at);
        at[1] += a->before[0];
        at[2] += a->before[1];
        padded[reference_ravel(&shape, at)] = x->values[k];
    }
    for (int64_t k = 0; k < y->size; k++) {
        reference_unravel(&y->shape, k, at);
        y->values[k] = 0;
        for (int64_t t = 0; t < filter->size; t++) {
            reference_unravel(&filter->shape, t, tap);
            if (tap[2] * filter->shape.dim[3] + tap[3] != at[3])
                continue;
            const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + tap[0] * a->dilation[0],
                                               at[2] * a->stride[1] + tap[1] * a->dilation[1], tap[2]};
            y->values[k] += padded[reference_ravel(&shape, from)] * filter->values[t];
        }
    }
    free(padded);
}
