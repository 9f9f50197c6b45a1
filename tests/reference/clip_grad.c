/* clip_grad: dy where low <= x <= high, else 0. */
#include "tests/reference/reference.h"

void reference_clip_grad(const reference_call *call)
{
    const gt_range_attributes *range = call->attributes;
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double dy = call->input[0].values[i], x = call->input[1].values[i];
        call->output[0].values[i] = x >= range->low && x <= range->high ? dy : 0;
    }
}
