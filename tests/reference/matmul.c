/* matmul: y[..., i, j] = sum over p of a[..., i, p] b[..., p, j]; a or b read with the last two axes swapped. */
#include "tests/reference/reference.h"

/* Entry (row, column) of the transposed or plain matrix at these leading axes. */
static double entry(const reference_array *x, int64_t transposed, const gt_shape *result, const int64_t index[],
                    int64_t row, int64_t column)
{
    const int64_t rank = x->shape.rank, missing = result->rank - rank;
    int64_t own[GT_MAX_RANK] = {0};
    for (int64_t axis = 0; axis < rank - 2; axis++)
        own[axis] = x->shape.dim[axis] == 1 ? 0 : index[axis + missing];
    own[rank - 2] = transposed ? column : row;
    own[rank - 1] = transposed ? row : column;
    return x->values[reference_ravel(&x->shape, own)];
}

void reference_matmul(const reference_call *call)
{
    const gt_matmul_attributes *attributes = call->attributes;
    const reference_array *a = &call->input[0], *b = &call->input[1];
    reference_array *y = &call->output[0];
    const int64_t inner = a->shape.dim[a->shape.rank - (attributes->transpose_a ? 2 : 1)];
    for (int64_t i = 0; i < y->size; i++) {
        int64_t index[GT_MAX_RANK];
        reference_unravel(&y->shape, i, index);
        const int64_t row = index[y->shape.rank - 2], column = index[y->shape.rank - 1];
        y->values[i] = 0;
        for (int64_t p = 0; p < inner; p++)
            y->values[i] += entry(a, attributes->transpose_a, &y->shape, index, row, p) *
                            entry(b, attributes->transpose_b, &y->shape, index, p, column);
    }
}
