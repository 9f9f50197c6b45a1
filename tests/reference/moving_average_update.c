/* moving_average_update: average = momentum average + (1 - momentum) value. */
#include "tests/reference/reference.h"

void reference_moving_average_update(const reference_call *call)
{
    const gt_momentum_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++)
        call->input[0].values[i] =
            attributes->momentum * call->input[0].values[i] + (1 - attributes->momentum) * call->input[1].values[i];
}
