/* conv2d_bias: conv2d, and the filter's bias once for each entry. */
#include "tests/reference/reference.h"

void reference_conv2d_bias(const reference_call *call)
{
    const reference_array *bias = &call->input[2];
    reference_conv2d(call);
    for (int64_t i = 0; i < call->output[0].size; i++)
        call->output[0].values[i] += bias->values[i % bias->size];
}
