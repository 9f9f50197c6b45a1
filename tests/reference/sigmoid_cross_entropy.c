/* sigmoid_cross_entropy: the mean of log(1 + exp(x)) - x y, for x that exp can take. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_sigmoid_cross_entropy(const reference_call *call)
{
    const reference_array *x = &call->input[0], *label = &call->input[1];
    double sum = 0;
    for (int64_t i = 0; i < x->size; i++)
        sum += log1p(exp(x->values[i])) - x->values[i] * label->values[i];
    call->output[0].values[0] = sum / (double)x->size;
}
