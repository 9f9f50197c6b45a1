/* log_softmax: y = x - log of the sum of exp(x) over the entries that differ only along the axis, both shifted by the
 * largest of all x. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_log_softmax(const reference_call *call)
{
    const gt_axis_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    double max = -INFINITY;
    for (int64_t i = 0; i < x->size; i++)
        max = fmax(max, x->values[i]);
    for (int64_t i = 0; i < x->size; i++) {
        int64_t index[GT_MAX_RANK];
        double sum = 0;
        reference_unravel(&x->shape, i, index);
        for (index[attributes->axis] = 0; index[attributes->axis] < x->shape.dim[attributes->axis];
             index[attributes->axis]++)
            sum += exp(x->values[reference_ravel(&x->shape, index)] - max);
        call->output[0].values[i] = x->values[i] - max - log(sum);
    }
}
