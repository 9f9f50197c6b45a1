/* softmax_cross_entropy_grad: dy (sum(labels) p - label) / rows, p = exp(logit - log sum exp(logits)). */
#include <math.h>

#include "tests/reference/reference.h"

/* log of the sum of exp over one row. */
static double log_sum(const double *x, int64_t classes)
{
    double max = x[0], sum = 0;
    for (int64_t i = 0; i < classes; i++)
        max = fmax(max, x[i]);
    for (int64_t i = 0; i < classes; i++)
        sum += exp(x[i] - max);
    return max + log(sum);
}

void reference_softmax_cross_entropy_grad(const reference_call *call)
{
    const reference_array *x = &call->input[1], *label = &call->input[2];
    int64_t classes = x->shape.dim[x->shape.rank - 1], rows = x->size / classes;
    for (int64_t i = 0; i < x->size; i++) {
        int64_t first = i / classes * classes;
        double total = 0;
        for (int64_t j = first; j < first + classes; j++)
            total += label->values[j];
        double slope = total * exp(x->values[i] - log_sum(x->values + first, classes)) - label->values[i];
        call->output[0].values[i] = call->input[0].values[0] * slope / (double)rows;
    }
}
