/* relu_grad: dy times the step at 0 of y. */
#include "tests/reference/reference.h"

void reference_relu_grad(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], y = call->input[1].values[i];
        call->output[0].values[i] = y > 0 ? dy : 0;
    }
}
