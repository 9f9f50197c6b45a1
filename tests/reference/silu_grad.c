/* silu_grad: dy (s + x s (1 - s)). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_silu_grad(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], x = call->input[1].values[i];
        double s = 1 / (1 + exp(-x));
        call->output[0].values[i] = dy * (s + x * s * (1 - s));
    }
}
