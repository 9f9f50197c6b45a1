/* slice_accumulate: dx[begin + index] += dy[index]. */
#include "tests/reference/reference.h"

void reference_slice_accumulate(const reference_call *call)
{
    const gt_slice_attributes *attributes = call->attributes;
    const reference_array *dx = &call->input[0], *dy = &call->input[1];
    for (int64_t i = 0; i < dy->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&dy->shape, i, index);
        for (int64_t axis = 0; axis < dy->shape.rank; axis++)
            index[axis] += attributes->begin[axis];
        dx->values[reference_ravel(&dx->shape, index)] += dy->values[i];
    }
}
