/* gather_elements: y[i] = x[i, indices[i]]. */
#include "tests/reference/reference.h"

void reference_gather_elements(const reference_call *call)
{
    const reference_array *x = &call->input[0], *indices = &call->input[1];
    for (int64_t i = 0; i < indices->size; i++) {
        const int64_t index[GT_MAX_RANK] = {i, (int64_t)indices->values[i]};
        call->output[0].values[i] = x->values[reference_ravel(&x->shape, index)];
    }
}
