/* gelu_grad: dy (P(x) + x p(x)). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_gelu_grad(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], x = call->input[1].values[i];
        double below = erfc(-x / sqrt(2)) / 2, density = exp(-x * x / 2) / sqrt(2 * acos(-1));
        call->output[0].values[i] = dy * (below + x * density);
    }
}
