/* categorical_crossentropy_grad: -dy label / p / rows, 0 where p is clipped. */
#include "tests/reference/reference.h"

void reference_categorical_crossentropy_grad(const reference_call *call)
{
    const reference_array *p = &call->input[1], *label = &call->input[2];
    int64_t rows = p->size / p->shape.dim[p->shape.rank - 1];
    for (int64_t i = 0; i < p->size; i++) {
        bool inside = p->values[i] >= 1e-7 && p->values[i] <= 1 - 1e-7;
        double slope = inside ? -label->values[i] / p->values[i] : 0;
        call->output[0].values[i] = call->input[0].values[0] * slope / (double)rows;
    }
}
