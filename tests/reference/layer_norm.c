/* layer_norm: row by row: the mean, the biased variance around it, then y = gamma (x - mean) / sqrt(variance + epsilon)
 * + beta. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_layer_norm(const reference_call *call)
{
    const double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *x = &call->input[0], *gamma = &call->input[1], *beta = &call->input[2];
    const int64_t n = gamma->size;
    for (int64_t i = 0; i < x->size; i += n) {
        double mean = 0, variance = 0;
        for (int64_t k = 0; k < n; k++)
            mean += x->values[i + k] / (double)n;
        for (int64_t k = 0; k < n; k++)
            variance += pow(x->values[i + k] - mean, 2) / (double)n;
        for (int64_t k = 0; k < n; k++)
            call->output[0].values[i + k] =
                gamma->values[k] * ((x->values[i + k] - mean) / sqrt(variance + epsilon)) + beta->values[k];
    }
}
