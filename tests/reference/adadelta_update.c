/* adadelta_update: v = rho v + (1 - rho) g^2; d = sqrt((u + epsilon) / (v + epsilon)) g; u = rho u + (1 - rho) d^2;
 * w -= rate d. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_adadelta_update(const reference_call *call)
{
    const gt_adadelta_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++) {
        double *w = &call->input[0].values[i], *v = &call->input[1].values[i], *u = &call->input[2].values[i];
        double g = call->input[3].values[i];
        *v = attributes->rho * *v + (1 - attributes->rho) * pow(g, 2);
        double d = sqrt((*u + attributes->epsilon) / (*v + attributes->epsilon)) * g;
        *u = attributes->rho * *u + (1 - attributes->rho) * pow(d, 2);
        *w -= attributes->learning_rate * d;
    }
}
