/* argmax: the position along the axis of the first greatest x. */
#include "tests/reference/reduction.h"

void reference_argmax(const reference_call *call)
{
    const int64_t axis = ((const gt_axis_attributes *)call->attributes)->axis;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&x->shape, reference_extremum(x, INT64_C(1) << axis, k, 1), index);
        y->values[k] = (double)index[axis];
    }
}
