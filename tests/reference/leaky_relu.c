/* leaky_relu: y = x where x > 0, else alpha x. */
#include "tests/reference/reference.h"

void reference_leaky_relu(const reference_call *call)
{
    double alpha = ((const gt_factor_attributes *)call->attributes)->factor;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = x > 0 ? x : alpha * x;
    }
}
