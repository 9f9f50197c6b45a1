/* log_softmax_grad: dx_i = the sum over j of ([i = j] - exp(y_i)) dy_j along the axis. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_log_softmax_grad(const reference_call *call)
{
    const gt_axis_attributes *attributes = call->attributes;
    const reference_array *dy = &call->input[0], *y = &call->input[1];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        double sum = 0;
        reference_unravel(&y->shape, i, index);
        for (index[attributes->axis] = 0; index[attributes->axis] < y->shape.dim[attributes->axis];
             index[attributes->axis]++) {
            int64_t j = reference_ravel(&y->shape, index);
            sum += ((i == j) - exp(y->values[i])) * dy->values[j];
        }
        call->output[0].values[i] = sum;
    }
}
