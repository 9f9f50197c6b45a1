/* sigmoid: y = 1 / (1 + e^-x). */
#include "tests/reference/reference.h"

#include <math.h>

void reference_sigmoid(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = 1 / (1 + exp(-x));
    }
}
