/* concat: position p along the axis belongs to the first input that p, less the lengths before, lies inside. */
#include "tests/reference/reference.h"

void reference_concat(const reference_call *call)
{
    const int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        const reference_array *x = call->input;
        reference_unravel(&y->shape, i, index);
        for (; index[axis] >= x->shape.dim[axis]; x++)
            index[axis] -= x->shape.dim[axis];
        y->values[i] = x->values[reference_ravel(&x->shape, index)];
    }
}
