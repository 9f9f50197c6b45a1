/* minimum: the smaller; NaN if either is. */
#include "tests/reference/reference.h"

#include <math.h>

void reference_minimum(const reference_call *call)
{
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        double a = reference_broadcast(&call->input[0], &y->shape, index);
        double b = reference_broadcast(&call->input[1], &y->shape, index);
        y->values[i] = isnan(a) || isnan(b) ? a + b : fmin(a, b);
    }
}
