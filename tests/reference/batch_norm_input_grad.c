/* batch_norm_input_grad: dx = gamma / s (dy - dbeta / n - xhat dgamma / n) with s = sqrt(variance + epsilon) and
 * xhat = (x - mean) / s. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_batch_norm_input_grad(const reference_call *call)
{
    double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *dy = &call->input[0], *x = &call->input[1], *gamma = &call->input[2];
    const reference_array *mean = &call->input[3], *variance = &call->input[4];
    const reference_array *dgamma = &call->input[5], *dbeta = &call->input[6];
    for (int64_t i = 0; i < x->size; i++) {
        int64_t k = i % gamma->size;
        double n = (double)(x->size / gamma->size), deviation = sqrt(variance->values[k] + epsilon);
        double normal = (x->values[i] - mean->values[k]) / deviation;
        double inner = dy->values[i] - dbeta->values[k] / n - normal * dgamma->values[k] / n;
        call->output[0].values[i] = gamma->values[k] / deviation * inner;
    }
}
