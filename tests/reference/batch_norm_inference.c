/* batch_norm_inference: y = gamma (x - mean) / sqrt(variance + epsilon) + beta, by the channel of each entry. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_batch_norm_inference(const reference_call *call)
{
    double epsilon = ((const gt_epsilon_attributes *)call->attributes)->epsilon;
    const reference_array *x = &call->input[0], *gamma = &call->input[1], *beta = &call->input[2];
    const reference_array *mean = &call->input[3], *variance = &call->input[4];
    for (int64_t i = 0; i < x->size; i++) {
        int64_t k = i % gamma->size;
        double normal = (x->values[i] - mean->values[k]) / sqrt(variance->values[k] + epsilon);
        call->output[0].values[i] = gamma->values[k] * normal + beta->values[k];
    }
}
