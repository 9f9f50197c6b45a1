/* sigmoid_cross_entropy_grad: dy (1 / (1 + exp(-x)) - y) / entries. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_sigmoid_cross_entropy_grad(const reference_call *call)
{
    const reference_array *x = &call->input[1], *label = &call->input[2];
    for (int64_t i = 0; i < x->size; i++) {
        double slope = 1 / (1 + exp(-x->values[i])) - label->values[i];
        call->output[0].values[i] = call->input[0].values[0] * slope / (double)x->size;
    }
}
