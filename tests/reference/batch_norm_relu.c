/* batch_norm_relu: the larger of 0 and batch_norm's y; mean and variance are its. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_batch_norm_relu(const reference_call *call)
{
    reference_batch_norm(call);
    for (int64_t i = 0; i < call->output[0].size; i++)
        call->output[0].values[i] = fmax(call->output[0].values[i], 0);
}
