/* depthwise_conv2d_input_grad: dy[n, i, j, c multiplier + m] filter[u, v, c, m] is added to padded[n, i s + u d,
 * j s + v d, c]; dx is what lies inside the padding. */
#include <stdlib.h>

#include "tests/reference/reference.h"

void reference_depthwise_conv2d_input_grad(const reference_call *call)
{
    const gt_conv2d_attributes *a = call->attributes;
    const reference_array *dy = &call->input[0], *filter = &call->input[1];
    reference_array *dx = &call->output[0];
    gt_shape shape = dx->shape;
    for (int axis = 0; axis < 2; axis++)
        shape.dim[1 + axis] += a->before[axis] + a->after[axis];
    double *padded = calloc((size_t)gt_shape_size(&shape) + 1, sizeof *padded);
    for (int64_t k = 0; k < dy->size; k++)
        for (int64_t t = 0; t < filter->size; t++) {
            int64_t at[GT_MAX_RANK], tap[GT_MAX_RANK];
            reference_unravel(&dy->shape, k, at);
            reference_unravel(&filter->shape, t, tap);
            if (tap[2] * filter->shape.dim[3] + tap[3] != at[3])
                continue;
            const int64_t to[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + tap[0] * a->dilation[0],
                                             at[2] * a->stride[1] + tap[1] * a->dilation[1], tap[2]};
            padded[reference_ravel(&shape, to)] += dy->values[k] * filter->values[t];
        }
    for (int64_t k = 0; k < dx->size; k++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&dx->shape, k, index);
        index[1] += a->before[0];
        index[2] += a->before[1];
        dx->values[k] = padded[reference_ravel(&shape, index)];
    }
    free(padded);
}
