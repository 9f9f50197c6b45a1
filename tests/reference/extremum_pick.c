/* extremum_pick: g at the first greatest (or least) x behind each y. */
#include "tests/reference/reduction.h"

void reference_extremum_pick(const reference_call *call)
{
    const gt_extremum_attributes *attributes = call->attributes;
    const reference_array *g = &call->input[0], *x = &call->input[1];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++)
        y->values[k] = g->values[reference_extremum(x, attributes->axes, k, attributes->minimum ? -1 : 1)];
}
