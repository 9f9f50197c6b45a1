/* sparse_softmax_cross_entropy: the mean of log sum exp(logits) - logits[label]. */
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

void reference_sparse_softmax_cross_entropy(const reference_call *call)
{
    const reference_array *x = &call->input[0], *label = &call->input[1];
    int64_t classes = x->shape.dim[x->shape.rank - 1];
    double sum = 0;
    for (int64_t row = 0; row < label->size; row++) {
        const double *logits = x->values + row * classes;
        sum += log_sum(logits, classes) - logits[(int64_t)label->values[row]];
    }
    call->output[0].values[0] = sum / (double)label->size;
}
