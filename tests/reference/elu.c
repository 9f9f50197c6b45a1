/* elu: y = x where x > 0, else alpha (e^x - 1). */
#include <math.h>

#include "tests/reference/reference.h"

void reference_elu(const reference_call *call)
{
    double alpha = ((const gt_factor_attributes *)call->attributes)->factor;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = x > 0 ? x : alpha * expm1(x);
    }
}
