/* max_pool2d_pick: y = g where x is first as large as the largest entry of the window. Without NaN. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_max_pool2d_pick(const reference_call *call)
{
    const gt_pool2d_attributes *a = call->attributes;
    const reference_array *g = &call->input[0], *x = &call->input[1];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        int64_t at[GT_MAX_RANK];
        reference_unravel(&y->shape, k, at);
        double largest = -(double)INFINITY;
        for (int64_t u = 0; u < a->window[0]; u++)
            for (int64_t v = 0; v < a->window[1]; v++) {
                const int64_t from[GT_MAX_RANK] = {at[0], at[1] * a->stride[0] + u - a->before[0],
                                                   at[2] * a->stride[1] + v - a->before[1], at[3]};
                const bool inside =
                    from[1] >= 0 && from[1] < x->shape.dim[1] && from[2] >= 0 && from[2] < x->shape.dim[2];
                if (inside && x->values[reference_ravel(&x->shape, from)] > largest) {
                    largest = x->values[reference_ravel(&x->shape, from)];
                    y->values[k] = g->values[reference_ravel(&g->shape, from)];
                }
            }
    }
}
