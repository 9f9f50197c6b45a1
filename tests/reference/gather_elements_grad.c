/* gather_elements_grad: dx[i, j] = dy[i] where j is indices[i], else 0. */
#include "tests/reference/reference.h"

void reference_gather_elements_grad(const reference_call *call)
{
    const reference_array *dy = &call->input[0], *indices = &call->input[1];
    reference_array *dx = &call->output[0];
    for (int64_t k = 0; k < dx->size; k++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&dx->shape, k, index);
        dx->values[k] = (int64_t)indices->values[index[0]] == index[1] ? dy->values[index[0]] : 0;
    }
}
