/* gelu_tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2; 1 + tanh(u) = 2 / (1 + e^-2u), which does not cancel.
 */
#include <math.h>

#include "tests/reference/reference.h"

void reference_gelu_tanh(const reference_call *call)
{
    for (int64_t i = 0; i < call->output[0].size; i++) {
        double x = call->input[0].values[i];
        call->output[0].values[i] = x / (1 + exp(-2 * sqrt(2 / acos(-1)) * (x + 0.044715 * pow(x, 3))));
    }
}
