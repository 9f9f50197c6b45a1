/* scale: y = factor x. */
#include "tests/reference/reference.h"

void reference_scale(const reference_call *call)
{
    double factor = ((const gt_factor_attributes *)call->attributes)->factor;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = factor * x;
    }
}
