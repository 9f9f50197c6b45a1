/* sum: every x[index] is added to y at the index without the reduced axes. */
#include "tests/reference/reduction.h"

void reference_sum(const reference_call *call)
{
    const gt_reduce_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++)
        y->values[i] = 0;
    for (int64_t i = 0; i < x->size; i++)
        y->values[reference_reduced(x, i, attributes->axes)] += x->values[i];
}
