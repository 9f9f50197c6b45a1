/* cast: to integers the fraction is cut off and values out of range saturate. */
#include "tests/reference/reference.h"

#include <math.h>

void reference_cast(const reference_call *call)
{
    double low = call->output[0].dtype == GT_INT32 ? INT32_MIN : 0;
    double high = call->output[0].dtype == GT_INT32 ? INT32_MAX : UINT8_MAX;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        if (call->output[0].dtype == GT_FLOAT32)
            x = (double)(float)x;
        else if (call->output[0].dtype != GT_FLOAT64)
            x = isnan(x) ? 0 : fmin(fmax(trunc(x), low), high);
        call->output[0].values[i] = x;
    }
}
