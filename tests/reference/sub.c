/* sub: y = a - b. */
#include "tests/reference/reference.h"

void reference_sub(const reference_call *call)
{
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        double a = reference_broadcast(&call->input[0], &y->shape, index);
        double b = reference_broadcast(&call->input[1], &y->shape, index);
        y->values[i] = a - b;
    }
}
