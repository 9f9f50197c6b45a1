/* layer_norm_gamma_grad: the sum over the rows of dy (x - mean) / sqrt(variance + epsilon), mean and variance the
 * row's. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_layer_norm_gamma_grad(const reference_call *call)
{
    const double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *dy = &call->input[0], *x = &call->input[1];
    reference_array *dgamma = &call->output[0];
    const int64_t n = dgamma->size;
    for (int64_t k = 0; k < n; k++)
        dgamma->values[k] = 0;
    for (int64_t row = 0; row < x->size; row += n) {
        double mean = 0, variance = 0;
        for (int64_t k = 0; k < n; k++)
            mean += x->values[row + k] / (double)n;
        for (int64_t k = 0; k < n; k++)
            variance += pow(x->values[row + k] - mean, 2) / (double)n;
        for (int64_t k = 0; k < n; k++)
            dgamma->values[k] += dy->values[row + k] * ((x->values[row + k] - mean) / sqrt(variance + epsilon));
    }
}
