/* softmax_cross_entropy: the sum of label (log sum exp(logits) - logit), over rows. */
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

void reference_softmax_cross_entropy(const reference_call *call)
{
    const reference_array *x = &call->input[0], *label = &call->input[1];
    int64_t classes = x->shape.dim[x->shape.rank - 1], rows = x->size / classes;
    double sum = 0;
    for (int64_t i = 0; i < x->size; i++)
        sum += label->values[i] * (log_sum(x->values + i / classes * classes, classes) - x->values[i]);
    call->output[0].values[0] = sum / (double)rows;
}
