/* mean_squared_error: the mean of (prediction - target)^2. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_mean_squared_error(const reference_call *call)
{
    const reference_array *prediction = &call->input[0], *target = &call->input[1];
    double sum = 0;
    for (int64_t i = 0; i < prediction->size; i++)
        sum += pow(prediction->values[i] - target->values[i], 2);
    call->output[0].values[0] = sum / (double)prediction->size;
}
