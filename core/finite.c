#include "core/finite.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/tensor_internal.h"

/* What was found in a tensor's values. */
typedef struct findings {
    double least, greatest; /* of the finite ones */
    int64_t first;          /* that is not finite; -1: none */
    double value;           /* of it */
} findings;

static findings look(gt_dtype dtype, const void *values, int64_t size)
{
    findings f = {.least = HUGE_VAL, .greatest = -HUGE_VAL, .first = -1};
    for (int64_t i = 0; i < size; i++) {
        const double value = gt_element(dtype, values, i);
        if (isfinite(value)) {
            f.least = fmin(f.least, value);
            f.greatest = fmax(f.greatest, value);
        } else if (f.first < 0) {
            f.first = i;
            f.value = value;
        }
    }
    return f;
}

static gt_status look_at(const gt_tensor *tensor, findings *f)
{
    const size_t bytes = gt_spec_bytes(&tensor->spec);
    const int64_t size = gt_shape_size(&tensor->spec.shape);
    if (tensor->device == GT_CPU) {
        *f = look(tensor->spec.dtype, tensor->data, size);
        return GT_OK;
    }
    void *values = gt_pool_allocate(bytes);
    gt_status status = values ? gt_tensor_read(tensor, values, bytes) : GT_ERR_MEMORY;
    if (status == GT_OK)
        *f = look(tensor->spec.dtype, values, size);
    gt_pool_release(values, bytes);
    return status;
}

/* "(3, 1)" for entry 16 of (4, 5). */
static gt_text place_of(const gt_shape *shape, int64_t index)
{
    gt_shape place = {.rank = shape->rank};
    for (int64_t axis = shape->rank - 1; axis >= 0; index /= shape->dim[axis--])
        place.dim[axis] = index % shape->dim[axis];
    return gt_shape_text(&place);
}

typedef struct text {
    char text[448];
} text;

/* "; input 0 'x' (4, 5) is in 0..2.5", for each. An input that was not finite itself is what is to be told. */
static gt_status describe_inputs(const gt_op *op, int inputs, gt_tensor *const input[], text *t)
{
    size_t used = 0;
    for (int i = 0; i < inputs && used < sizeof t->text; i++) {
        findings f;
        gt_status status = look_at(input[i], &f);
        if (status != GT_OK)
            return status;
        const gt_label label = gt_tensor_label(input[i]);
        if (f.first >= 0)
            return gt_fail(GT_ERR_VALUE, "%s: input %d, %s %s, has %g at %s", op->name, i, label.text,
                           gt_dtype_name(input[i]->spec.dtype), f.value, place_of(&input[i]->spec.shape, f.first).text);
        used += (size_t)snprintf(t->text + used, sizeof t->text - used, "; input %d, %s %s, is in %g..%g", i,
                                 label.text, gt_dtype_name(input[i]->spec.dtype), f.least, f.greatest);
    }
    return GT_OK;
}

gt_status gt_finite_check(const gt_op *op, int inputs, gt_tensor *const input[], int outputs, gt_tensor *const output[])
{
    for (int i = 0; i < outputs; i++) {
        findings f = {.first = -1};
        gt_status status = gt_dtype_is_real(output[i]->spec.dtype) ? look_at(output[i], &f) : GT_OK;
        if (status != GT_OK)
            return status;
        if (f.first < 0)
            continue;
        text described = {""};
        status = describe_inputs(op, inputs, input, &described);
        return status != GT_OK
                   ? status
                   : gt_fail(GT_ERR_VALUE, "%s: made %g at %s of %s %s%s", op->name, f.value,
                             place_of(&output[i]->spec.shape, f.first).text, gt_dtype_name(output[i]->spec.dtype),
                             gt_shape_text(&output[i]->spec.shape).text, described.text);
    }
    return GT_OK;
}
