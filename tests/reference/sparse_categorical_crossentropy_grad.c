/* sparse_categorical_crossentropy_grad: -dy / p / rows at the label, 0 elsewhere and where p is clipped. */
#include "tests/reference/reference.h"

void reference_sparse_categorical_crossentropy_grad(const reference_call *call)
{
    const reference_array *p = &call->input[1], *label = &call->input[2];
    int64_t classes = p->shape.dim[p->shape.rank - 1];
    for (int64_t i = 0; i < p->size; i++) {
        bool inside = p->values[i] >= 1e-7 && p->values[i] <= 1 - 1e-7;
        bool chosen = i % classes == (int64_t)label->values[i / classes];
        call->output[0].values[i] =
            chosen && inside ? -call->input[0].values[0] / p->values[i] / (double)label->size : 0;
    }
}
