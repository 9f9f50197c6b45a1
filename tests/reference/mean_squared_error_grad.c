/* mean_squared_error_grad: dy 2 (prediction - target) / entries. */
#include "tests/reference/reference.h"

void reference_mean_squared_error_grad(const reference_call *call)
{
    const reference_array *prediction = &call->input[1], *target = &call->input[2];
    for (int64_t i = 0; i < prediction->size; i++)
        call->output[0].values[i] =
            call->input[0].values[0] * 2 * (prediction->values[i] - target->values[i]) / (double)prediction->size;
}
