/* batch_norm_gamma_grad: each channel's sum of dy (x - mean) / sqrt(variance + epsilon). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_batch_norm_gamma_grad(const reference_call *call)
{
    double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *dy = &call->input[0], *x = &call->input[1];
    const reference_array *mean = &call->input[2], *variance = &call->input[3];
    for (int64_t k = 0; k < mean->size; k++) {
        double sum = 0;
        for (int64_t i = k; i < x->size; i += mean->size)
            sum += dy->values[i] * ((x->values[i] - mean->values[k]) / sqrt(variance->values[k] + epsilon));
        call->output[0].values[k] = sum;
    }
}
