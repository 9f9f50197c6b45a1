/* clip: y = min(max(x, low), high). */
#include "tests/reference/reference.h"

#include <math.h>

void reference_clip(const reference_call *call)
{
    const gt_range_attributes *range = call->attributes;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = isnan(x) ? x : fmin(fmax(x, range->low), range->high);
    }
}
