/* Reductions by the book. */
#include "tests/reference/reduction.h"

#include <math.h>

int64_t reference_reduced(const reference_array *x, int64_t i, int64_t axes)
{
    int64_t index[GT_MAX_RANK], entry = 0;
    reference_unravel(&x->shape, i, index);
    for (int64_t axis = 0; axis < x->shape.rank; axis++)
        if (!(axes >> axis & 1))
            entry = entry * x->shape.dim[axis] + index[axis];
    return entry;
}

int64_t reference_extremum(const reference_array *x, int64_t axes, int64_t k, double sign)
{
    int64_t best = -1;
    for (int64_t i = 0; i < x->size; i++) {
        if (reference_reduced(x, i, axes) != k)
            continue;
        if (isnan(x->values[i]))
            return i;
        if (best < 0 || sign * x->values[i] > sign * x->values[best])
            best = i;
    }
    return best;
}
