/* adagrad_update: a += g^2; w -= rate g / (sqrt(a) + epsilon). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_adagrad_update(const reference_call *call)
{
    const gt_adagrad_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++) {
        double *w = &call->input[0].values[i], *a = &call->input[1].values[i], g = call->input[2].values[i];
        *a = *a + pow(g, 2);
        *w -= attributes->learning_rate * g / (sqrt(*a) + attributes->epsilon);
    }
}
