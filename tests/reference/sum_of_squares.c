/* sum_of_squares: the sum of x^2. */
#include <math.h>

#include "tests/reference/reference.h"

void reference_sum_of_squares(const reference_call *call)
{
    double sum = 0;
    for (int64_t i = 0; i < call->input[0].size; i++)
        sum += pow(call->input[0].values[i], 2);
    call->output[0].values[0] = sum;
}
