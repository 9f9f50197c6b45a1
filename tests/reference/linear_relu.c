/* linear_relu: the larger of 0 and x weight + bias. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_linear_relu(const reference_call *call)
{
    reference_linear(call);
    for (int64_t i = 0; i < call->output[0].size; i++)
        call->output[0].values[i] = fmax(call->output[0].values[i], 0);
}
