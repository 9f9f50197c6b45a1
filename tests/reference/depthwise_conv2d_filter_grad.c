/* depthwise_conv2d_filter_grad: dfilter[u, v, c, m] = sum over n, i, j of padded[n, i s + u d, j s + v d, c]
 * dy[n, i, j, c multiplier + m], with the images copied into zeros of the padded size. */
#include <stdlib.h>

#include "tests/reference/reference.h"

void reference_depthwise_conv2d_filter_grad(const reference_call *call)
{
    const gt_conv2d_attributes *a = call->attributes;
    const reference_array *dy = &call->input[0], *x = &call->input[1];
    reference_array *dfilter = &call->output[0];
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
    for (int64_t t = 0; t < dfilter->size; t++) {
        reference_unravel(&dfilter->shape, t, tap);
        dfilter->values[t] = 0;
        for (int64_t k = 0; k < dy->size; k++) {
            reference_unravel(&dy->shape, k, at);
            if (tap[2] * dfilter->shape.dim[3] + tap[3] != at[3])
                continue;
            const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + tap[0] * a->dilation[0],
                                               at[2] * a->stride[1] + tap[1] * a->dilation[1], tap[2]};
            dfilter->values[t] += padded[reference_ravel(&shape, from)] * dy->values[k];
        }
    }
    free(padded);
}
