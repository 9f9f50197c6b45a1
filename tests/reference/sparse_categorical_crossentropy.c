/* sparse_categorical_crossentropy: the mean of -log p[label], p clipped. */
#include <math.h>

#include "tests/reference/reference.h"

static double clipped(double p)
{
    return fmin(fmax(p, 1e-7), 1 - 1e-7);
}

void reference_sparse_categorical_crossentropy(const reference_call *call)
{
    const reference_array *p = &call->input[0], *label = &call->input[1];
    int64_t classes = p->shape.dim[p->shape.rank - 1];
    double sum = 0;
    for (int64_t row = 0; row < label->size; row++)
        sum -= log(clipped(p->values[row * classes + (int64_t)label->values[row]]));
    call->output[0].values[0] = sum / (double)label->size;
}
