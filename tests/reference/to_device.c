/* to_device: y = x. */
#include "tests/reference/reference.h"

void reference_to_device(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++)
        call->output[0].values[i] = call->input[0].values[i];
}
