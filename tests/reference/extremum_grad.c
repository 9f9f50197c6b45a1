/* extremum_grad: dy[k] at the first greatest (or least) x behind k, zeros elsewhere. */
#include "tests/reference/reduction.h"

void reference_extremum_grad(const reference_call *call)
{
    const gt_extremum_attributes *attributes = call->attributes;
    const reference_array *dy = &call->input[0], *x = &call->input[1];
    reference_array *dx = &call->output[0];
    for (int64_t i = 0; i < dx->size; i++)
        dx->values[i] = 0;
    for (int64_t k = 0; k < dy->size; k++)
        dx->values[reference_extremum(x, attributes->axes, k, attributes->minimum ? -1 : 1)] = dy->values[k];
}
