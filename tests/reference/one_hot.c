/* one_hot: y[i, j] is 1 where j is indices[i], else 0. */
#include "tests/reference/reference.h"

void reference_one_hot(const reference_call *call)
{
    const reference_array *indices = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        int64_t depth = y->shape.dim[y->shape.rank - 1];
        y->values[k] = (int64_t)indices->values[k / depth] == k % depth ? 1 : 0;
    }
}
