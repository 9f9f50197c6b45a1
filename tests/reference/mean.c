/* mean: the sum of the x behind each y, divided by how many there are. */
#include "tests/reference/reduction.h"

void reference_mean(const reference_call *call)
{
    const gt_reduce_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        double sum = 0, count = 0;
        for (int64_t i = 0; i < x->size; i++)
            if (reference_reduced(x, i, attributes->axes) == k) {
                sum += x->values[i];
                count++;
            }
        y->values[k] = sum / count;
    }
}
