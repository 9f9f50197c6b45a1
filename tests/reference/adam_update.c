/* adam_update: m and v, running means of g and g^2; w -= rate decay w, w -= rate (m / c1) / (sqrt(v / c2) + epsilon).
 */
#include <math.h>

#include "tests/reference/reference.h"

void reference_adam_update(const reference_call *call)
{
    const gt_adam_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++) {
        double *w = &call->input[0].values[i], *m = &call->input[1].values[i], *v = &call->input[2].values[i];
        double g = call->input[3].values[i];
        *m = attributes->beta1 * *m + (1 - attributes->beta1) * g;
        *v = attributes->beta2 * *v + (1 - attributes->beta2) * pow(g, 2);
        double mean = *m / attributes->correction1, square = *v / attributes->correction2;
        *w -= attributes->learning_rate * attributes->weight_decay * *w;
        *w -= attributes->learning_rate * mean / (sqrt(square) + attributes->epsilon);
    }
}
