/* conv2d_bias_relu: the larger of 0 and conv2d_bias. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_conv2d_bias_relu(const reference_call *call)
{
    reference_conv2d_bias(call);
    for (int64_t i = 0; i < call->output[0].size; i++)
        call->output[0].values[i] = fmax(call->output[0].values[i], 0);
}
