/* where: a where the condition is not 0, else b. */
#include "tests/reference/reference.h"

void reference_where(const reference_call *call)
{
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        bool taken = reference_broadcast(&call->input[0], &y->shape, index) != 0;
        y->values[i] = reference_broadcast(&call->input[taken ? 1 : 2], &y->shape, index);
    }
}
