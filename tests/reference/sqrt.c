/* sqrt: y = sqrt(x). */
#include "tests/reference/reference.h"

#include <math.h>

void reference_sqrt(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = sqrt(x);
    }
}
