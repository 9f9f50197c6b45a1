/* sgd_momentum_update: v = momentum v - rate g; w += v, Nesterov: w += momentum v - rate g. */
#include "tests/reference/reference.h"

void reference_sgd_momentum_update(const reference_call *call)
{
    const gt_sgd_momentum_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++) {
        double *w = &call->input[0].values[i], *v = &call->input[1].values[i], g = call->input[2].values[i];
        *v = attributes->momentum * *v - attributes->learning_rate * g;
        if (attributes->nesterov)
            *w += attributes->momentum * *v - attributes->learning_rate * g;
        else
            *w += *v;
    }
}
