/* tanh_grad: dy (1 - y^2). */
#include "tests/reference/reference.h"

void reference_tanh_grad(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], y = call->input[1].values[i];
        call->output[0].values[i] = dy * (1 - y * y);
    }
}
