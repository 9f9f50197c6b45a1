/* avg_pool2d_grad: dx[n, h, w, c] = sum of dy / count over the windows that hold (h, w). */
#include "tests/reference/reference.h"

/* Whether window i of an axis holds entry h, and how many entries of the image it holds. */
static bool holds(const gt_pool2d_attributes *a, int axis, int64_t i, int64_t h, int64_t *count)
{
    bool found = false;
    *count = 0;
    for (int64_t u = 0; u < a->window[axis]; u++) {
        const int64_t at = i * a->stride[axis] + u - a->before[axis];
        *count += at >= 0 && at < a->input.dim[1 + axis];
        found = found || at == h;
    }
    return found;
}

void reference_avg_pool2d_grad(const reference_call *call)
{
    const gt_pool2d_attributes *a = call->attributes;
    const reference_array *dy = &call->input[0];
    reference_array *dx = &call->output[0];
    for (int64_t k = 0; k < dx->size; k++) {
        int64_t at[GT_MAX_RANK], rows, columns;
        reference_unravel(&dx->shape, k, at);
        dx->values[k] = 0;
        for (int64_t i = 0; i < dy->shape.dim[1]; i++)
            for (int64_t j = 0; j < dy->shape.dim[2]; j++) {
                const int64_t window[GT_MAX_RANK] = {at[0], i, j, at[3]};
                const bool row = holds(a, 0, i, at[1], &rows), column = holds(a, 1, j, at[2], &columns);
                if (row && column)
                    dx->values[k] += dy->values[reference_ravel(&dy->shape, window)] / (double)(rows * columns);
            }
    }
}
