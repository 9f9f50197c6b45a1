/* cumulative_sum: each entry is the sum of those up to it, itself included unless `exclusive`; behind it if `reverse`.
 */
#include "tests/reference/reference.h"

void reference_cumulative_sum(const reference_call *call)
{
    const gt_cumulative_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    for (int64_t i = 0; i < x->size; i++) {
        int64_t index[GT_MAX_RANK], other[GT_MAX_RANK];
        reference_unravel(&x->shape, i, index);
        reference_unravel(&x->shape, i, other);
        double sum = 0;
        for (int64_t k = 0; k < x->shape.dim[attributes->axis]; k++) {
            const int64_t here = index[attributes->axis];
            const int counts = attributes->reverse ? k > here : k < here;
            other[attributes->axis] = k;
            if (counts || (k == here && !attributes->exclusive))
                sum += x->values[reference_ravel(&x->shape, other)];
        }
        call->output[0].values[i] = sum;
    }
}
