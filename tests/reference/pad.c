/* pad: y[index] = x[index - before] where that lies inside x, else the value. */
#include "tests/reference/reference.h"

void reference_pad(const reference_call *call)
{
    const gt_pad_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        bool inside = true;
        for (int64_t axis = 0; axis < y->shape.rank; axis++) {
            index[axis] -= attributes->before[axis];
            inside = inside && index[axis] >= 0 && index[axis] < x->shape.dim[axis];
        }
        y->values[i] = inside ? x->values[reference_ravel(&x->shape, index)] : attributes->value;
    }
}
