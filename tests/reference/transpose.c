/* transpose: y[index] = x[index'], index'[order[i]] = index[i]. */
#include "tests/reference/reference.h"

void reference_transpose(const reference_call *call)
{
    const gt_order_attributes *attributes = call->attributes;
    const reference_array *x = &call->input[0];
    reference_array *y = &call->output[0];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK], from[GT_MAX_RANK] = {0};
        reference_unravel(&y->shape, i, index);
        for (int64_t axis = 0; axis < y->shape.rank; axis++)
            from[attributes->order[axis]] = index[axis];
        y->values[i] = x->values[reference_ravel(&x->shape, from)];
    }
}
