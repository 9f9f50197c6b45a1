/* sign: -1, 0 or 1; NaN stays. */
#include "tests/reference/reference.h"

#include <math.h>

void reference_sign(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = isnan(x) ? x : (x > 0) - (x < 0);
    }
}
