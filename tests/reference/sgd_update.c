/* sgd_update: w -= rate g. */
#include "tests/reference/reference.h"

void reference_sgd_update(const reference_call *call)
{
    const gt_sgd_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->input[0].size; i++)
        call->input[0].values[i] -= attributes->learning_rate * call->input[1].values[i];
}
