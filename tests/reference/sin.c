/* sin(x). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_sin(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = sin(x);
    }
}
