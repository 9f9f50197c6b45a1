/* elu_grad: dy times 1 where x > 0, else alpha e^x. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_elu_grad(const reference_call *call)
{
    double alpha = ((const gt_factor_attributes *)call->attributes)->factor;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], x = call->input[1].values[i];
        call->output[0].values[i] = dy * (x > 0 ? 1 : alpha * exp(x));
    }
}
