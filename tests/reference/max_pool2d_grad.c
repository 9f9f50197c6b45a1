/* max_pool2d_grad: each dy is added to the first of the largest entries of its window, -infinity outside the image.
 * Without NaN. */
#include <math.h>
#include <stdlib.h>

#include "tests/reference/reference.h"

/* The value at an index that may lie outside the images. */
static double value_at(const reference_array *x, const int64_t index[])
{
    if (index[1] < 0 || index[1] >= x->shape.dim[1] || index[2] < 0 || index[2] >= x->shape.dim[2])
        return -(double)INFINITY;
    return x->values[reference_ravel(&x->shape, index)];
}

void reference_max_pool2d_grad(const reference_call *call)
{
    const gt_pool2d_attributes *a = call->attributes;
    const reference_array *dy = &call->input[0], *x = &call->input[1];
    reference_array *dx = &call->output[0];
    for (int64_t k = 0; k < dx->size; k++)
        dx->values[k] = 0;
    for (int64_t k = 0; k < dy->size; k++) {
        int64_t at[GT_MAX_RANK], best = -1;
        reference_unravel(&dy->shape, k, at);
        double largest = -(double)INFINITY;
        for (int64_t u = 0; u < a->window[0]; u++)
            for (int64_t v = 0; v < a->window[1]; v++) {
                const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + u - a->before[0],
                                                   at[2] * a->stride[1] + v - a->before[1], at[3]};
                if (value_at(x, from) > largest) {
                    largest = value_at(x, from);
                    best = reference_ravel(&x->shape, from);
                }
            }
        if (best >= 0)
            dx->values[best] += dy->values[k];
    }
}
