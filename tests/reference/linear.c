/* linear: y[..., j] = sum over p of x[..., p] weight[p, j], + bias[j]. */
#include "tests/reference/reference.h"

void reference_linear(const reference_call *call)
{
    const reference_array *x = &call->input[0], *weight = &call->input[1], *bias = &call->input[2];
    reference_array *y = &call->output[0];
    const int64_t in = weight->shape.dim[0], out = weight->shape.dim[1];
    for (int64_t i = 0; i < y->size; i++) {
        const int64_t row = i / out, j = i % out;
        y->values[i] = bias->values[j];
        for (int64_t p = 0; p < in; p++)
            y->values[i] += x->values[row * in + p] * weight->values[p * out + j];
    }
}
