/* binary_crossentropy_grad: dy ((1 - y) / (1 - p) - y / p) / entries, 0 where p is clipped. */
#include "tests/reference/reference.h"

void reference_binary_crossentropy_grad(const reference_call *call)
{
    const reference_array *p = &call->input[1], *label = &call->input[2];
    for (int64_t i = 0; i < p->size; i++) {
        double at = p->values[i], y = label->values[i];
        double slope = at >= 1e-7 && at <= 1 - 1e-7 ? (1 - y) / (1 - at) - y / at : 0;
        call->output[0].values[i] = call->input[0].values[0] * slope / (double)p->size;
    }
}
