/* gelu: x (1 + erf(x / sqrt 2)) / 2. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_gelu(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = x * erfc(-x / sqrt(2)) / 2;
    }
}
