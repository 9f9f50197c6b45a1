/* sum_to: every x[index] is added to the y it would have been broadcast from. */
#include "tests/reference/reference.h"

void reference_sum_to(const reference_call *call)
{
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++)
        y->values[i] = 0;
    for (int64_t i = 0; i < x->size; i++) {
        int64_t index[GT_MAX_RANK], own[GT_MAX_RANK] = {0};
        reference_unravel(&x->shape, i, index);
        int64_t missing = x->shape.rank - y->shape.rank;
        for (int64_t axis = 0; axis < y->shape.rank; axis++)
            own[axis] = y->shape.dim[axis] == 1 ? 0 : index[axis + missing];
        y->values[reference_ravel(&y->shape, own)] += x->values[i];
    }
}
