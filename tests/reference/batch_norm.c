/* batch_norm: channel by channel: the mean, the biased variance around it, then y = gamma (x - mean) / sqrt(variance +
 * epsilon) + beta. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_batch_norm(const reference_call *call)
{
    double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *x = &call->input[0], *gamma = &call->input[1], *beta = &call->input[2];
    for (int64_t k = 0; k < gamma->size; k++) {
        double n = (double)(x->size / gamma->size), mean = 0, variance = 0;
        for (int64_t i = k; i < x->size; i += gamma->size)
            mean += x->values[i] / n;
        for (int64_t i = k; i < x->size; i += gamma->size)
            variance += pow(x->values[i] - mean, 2) / n;
        for (int64_t i = k; i < x->size; i += gamma->size)
            call->output[0].values[i] =
                gamma->values[k] * ((x->values[i] - mean) / sqrt(variance + epsilon)) + beta->values[k];
        call->output[1].values[k] = mean;
        call->output[2].values[k] = variance;
    }
}
