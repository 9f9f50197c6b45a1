/* rmsprop_update: v = beta v + (1 - beta) g^2; w -= rate g / (sqrt(v) + epsilon). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_rmsprop_update(const reference_call *call)
{
    const gt_rmsprop_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++) {
        double *w = &call->input[0].values[i], *v = &call->input[1].values[i], g = call->input[2].values[i];
        *v = attributes->beta * *v + (1 - attributes->beta) * pow(g, 2);
        *w -= attributes->learning_rate * g / (sqrt(*v) + attributes->epsilon);
    }
}
