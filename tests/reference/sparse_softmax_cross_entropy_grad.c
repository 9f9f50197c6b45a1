/* sparse_softmax_cross_entropy_grad: dy (p - [is the label]) / rows, p = exp(logit - log sum exp(logits)). */
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

void reference_sparse_softmax_cross_entropy_grad(const reference_call *call)
{
    const reference_array *x = &call->input[1], *label = &call->input[2];
    int64_t classes = x->shape.dim[x->shape.rank - 1];
    for (int64_t i = 0; i < x->size; i++) {
        int64_t row = i / classes;
        double slope = exp(x->values[i] - log_sum(x->values + row * classes, classes));
        slope -= i % classes == (int64_t)label->values[row];
        call->output[0].values[i] = call->input[0].values[0] * slope / (double)label->size;
    }
}
