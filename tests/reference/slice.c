/* slice: y[index] = x[begin + index]. */
#include "tests/reference/reference.h"

void reference_slice(const reference_call *call)
{
    const gt_slice_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        for (int64_t axis = 0; axis < y->shape.rank; axis++)
            index[axis] += attributes->begin[axis];
        y->values[i] = x->values[reference_ravel(&x->shape, index)];
    }
}
