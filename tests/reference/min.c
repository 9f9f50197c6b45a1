/* min: the least x behind each y; a NaN wins. */
#include "tests/reference/reduction.h"

void reference_min(const reference_call *call)
{
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++)
        y->values[k] = x->values[reference_extremum(x, ((const gt_reduce_attributes *)call->attributes)->axes, k, -1)];
}
