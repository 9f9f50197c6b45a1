/* mul_no_nan_grad: dy b, 0 where either is 0. */
#include "tests/reference/reference.h"

void reference_mul_no_nan_grad(const reference_call *call)
{
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        double dy = reference_broadcast(&call->input[0], &y->shape, index);
        double b = reference_broadcast(&call->input[1], &y->shape, index);
        y->values[i] = dy != 0 && b != 0 ? dy * b : 0;
    }
}
