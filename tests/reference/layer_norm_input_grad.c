/* layer_norm_input_grad: by the chain rule, entry by entry: dx[i] = sum over k of gamma[k] dy[k] dxhat[k]/dx[i], with
 * dxhat[k]/dx[i] = ([i = k] - 1 / n) / s - (x[k] - mean) (x[i] - mean) / (n s^3), s = sqrt(variance + epsilon). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_layer_norm_input_grad(const reference_call *call)
{
    const double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *dy = &call->input[0], *x = &call->input[1], *gamma = &call->input[2];
    const int64_t n = gamma->size;
    for (int64_t row = 0; row < x->size; row += n) {
        const double *at = x->values + row;
        double mean = 0, variance = 0;
        for (int64_t k = 0; k < n; k++)
            mean += at[k] / (double)n;
        for (int64_t k = 0; k < n; k++)
            variance += pow(at[k] - mean, 2) / (double)n;
        const double s = sqrt(variance + epsilon);
        for (int64_t i = 0; i < n; i++) {
            double sum = 0;
            for (int64_t k = 0; k < n; k++)
                sum += gamma->values[k] * dy->values[row + k] *
                       (((i == k) - 1 / (double)n) / s - (at[k] - mean) * (at[i] - mean) / ((double)n * pow(s, 3)));
            call->output[0].values[row + i] = sum;
        }
    }
}
