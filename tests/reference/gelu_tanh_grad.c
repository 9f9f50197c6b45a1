/* gelu_tanh_grad: dy ((1 + t) / 2 + x (1 - t^2) u' / 2). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_gelu_tanh_grad(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], x = call->input[1].values[i];
        double c = sqrt(2 / acos(-1)), t = tanh(c * (x + 0.044715 * pow(x, 3)));
        double slope = c * (1 + 3 * 0.044715 * pow(x, 2));
        call->output[0].values[i] = dy * ((1 + t) / 2 + x * (1 - t * t) * slope / 2);
    }
}
