/* flip: y[index] = x[index], with i replaced by n - 1 - i along the flipped axes. */
#include "tests/reference/reference.h"

void reference_flip(const reference_call *call)
{
    const int64_t axes = ((const gt_flip_attributes *)call->attributes)->axes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        for (int64_t axis = 0; axis < y->shape.rank; axis++)
            if (axes >> axis & 1)
                index[axis] = y->shape.dim[axis] - 1 - index[axis];
        y->values[i] = x->values[reference_ravel(&x->shape, index)];
    }
}
