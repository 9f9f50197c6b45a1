/* var: the mean of (x - mean)^2 over the x behind each y. */
#include "tests/reference/reduction.h"

void reference_var(const reference_call *call)
{
    const gt_reduce_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t k = 0; k < y->size; k++) {
        double sum = 0, count = 0, squares = 0;
        for (int64_t i = 0; i < x->size; i++)
            if (reference_reduced(x, i, attributes->axes) == k) {
                sum += x->values[i];
                count++;
            }
        for (int64_t i = 0; i < x->size; i++)
            if (reference_reduced(x, i, attributes->axes) == k)
                squares += (x->values[i] - sum / count) * (x->values[i] - sum / count);
        y->values[k] = squares / count;
    }
}
