/* binary_crossentropy: the mean of -(y log p + (1 - y) log(1 - p)), p clipped. */
#include <math.h>

#include "tests/reference/reference.h"

static double clipped(double p)
{
    return fmin(fmax(p, 1e-7), 1 - 1e-7);
}

void reference_binary_crossentropy(const reference_call *call)
{
    const reference_array *p = &call->input[0], *label = &call->input[1];
    double sum = 0;
    for (int64_t i = 0; i < p->size; i++) {
        double kept = clipped(p->values[i]), y = label->values[i];
        sum -= y * log(kept) + (1 - y) * log(1 - kept);
    }
    call->output[0].values[0] = sum / (double)p->size;
}
