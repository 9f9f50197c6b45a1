/* gather_accumulate: dx[indices[i], rest] += dy[i, rest]. */
#include "tests/reference/reference.h"

void reference_gather_accumulate(const reference_call *call)
{
    const reference_array *dx = &call->input[0], *dy = &call->input[1], *indices = &call->input[2];
    for (int64_t k = 0; k < dy->size; k++) {
        int64_t row = dx->size / dx->shape.dim[0];
        dx->values[(int64_t)indices->values[k / row] * row + k % row] += dy->values[k];
    }
}
