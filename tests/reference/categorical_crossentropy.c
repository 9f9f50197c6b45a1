/* categorical_crossentropy: -sum(label log p) / rows, p clipped. */
#include <math.h>

#include "tests/reference/reference.h"

static double clipped(double p)
{
    return fmin(fmax(p, 1e-7), 1 - 1e-7);
}

void reference_categorical_crossentropy(const reference_call *call)
{
    const reference_array *p = &call->input[0], *label = &call->input[1];
    int64_t classes = p->shape.dim[p->shape.rank - 1];
    double sum = 0;
    for (int64_t i = 0; i < p->size; i++)
        sum -= label->values[i] * log(clipped(p->values[i]));
    call->output[0].values[0] = sum / (double)(p->size / classes);
}
