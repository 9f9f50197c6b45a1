/* gather: y[i, rest] = x[indices[i], rest]. */
#include "tests/reference/reference.h"

void reference_gather(const reference_call *call)
{
    const reference_array *x = &call->input[0], *indices = &call->input[1];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        int64_t row = x->size / x->shape.dim[0];
        y->values[k] = x->values[(int64_t)indices->values[k / row] * row + k % row];
    }
}
