/* fill: y = value. */
#include "tests/reference/reference.h"

void reference_fill(const reference_call *call)
{
    const gt_fill_attributes *attributes = call->attributes;
    for (int64_t i = 0; i < call->output[0].size; i++)
        call->output[0].values[i] = attributes->value;
}
