/* scatter_add: y[r, rest] is the sum of updates[i, rest] over all i with indices[i] = r. */
#include "tests/reference/reference.h"

void reference_scatter_add(const reference_call *call)
{
    const reference_array *updates = &call->input[0], *indices = &call->input[1];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        int64_t row = y->size / y->shape.dim[0];
        y->values[k] = 0;
        for (int64_t i = 0; i < indices->size; i++)
            if ((int64_t)indices->values[i] == k / row)
                y->values[k] += updates->values[i * row + k % row];
    }
}
