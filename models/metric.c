/* Metrics: counted on the CPU, or by ops where the values lie. */
#include "models/metric.h"

#include <math.h>

#include "core/memory.h"
#include "core/tensor_internal.h" /* gt_element */
#include "models/model_internal.h"
#include "models/rows.h"

typedef struct operand {
    gt_dtype dtype;
    gt_shape shape;
    const void *data;
} operand;

static gt_status read_operand(const char *who, const char *what, const gt_tensor *tensor, operand *o)
{
    if (!tensor)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the %s is NULL", who, what);
    *o = (operand){gt_tensor_dtype(tensor), gt_tensor_shape(tensor), gt_tensor_data(tensor)};
    return o->data ? GT_OK : GT_ERR_DEVICE;
}

static gt_status read_operands(const char *who, const gt_tensor *prediction, const gt_tensor *target,
                               const double *right, const double *total, operand *p, operand *t)
{
    if (!right || !total)
        return gt_fail(GT_ERR_ARGUMENT, "%s: a result is NULL", who);
    gt_status status = read_operand(who, "prediction", prediction, p);
    if (status == GT_OK)
        status = read_operand(who, "target", target, t);
    if (status == GT_OK && !gt_dtype_is_real(p->dtype))
        status = gt_fail(GT_ERR_DTYPE, "%s: the prediction is %s, float32 or float64 is expected", who,
                         gt_dtype_name(p->dtype));
    return status;
}

static gt_status shapes_differ(const char *who, const operand *p, const operand *t)
{
    return gt_fail(GT_ERR_SHAPE, "%s: prediction %s and target %s %s do not fit", who, gt_shape_text(&p->shape).text,
                   gt_dtype_name(t->dtype), gt_shape_text(&t->shape).text);
}

static gt_status count_categorical(const gt_tensor *prediction, const gt_tensor *target, double *right, double *total)
{
    static const char who[] = "categorical_accuracy";
    operand p, t;
    gt_status status = read_operands(who, prediction, target, right, total, &p, &t);
    if (status != GT_OK)
        return status;
    if (p.shape.rank < 1 || p.shape.dim[p.shape.rank - 1] < 1)
        return gt_fail(GT_ERR_SHAPE, "%s: prediction %s has no classes", who, gt_shape_text(&p.shape).text);
    const int64_t columns = p.shape.dim[p.shape.rank - 1], rows = gt_shape_size(&p.shape) / columns;
    const bool numbers = t.dtype == GT_INT32;
    const gt_shape expected = numbers ? gt_shape_of((int)p.shape.rank - 1, p.shape.dim) : p.shape;
    if ((!numbers && !gt_dtype_is_real(t.dtype)) || !gt_shape_equal(&expected, &t.shape))
        return shapes_differ(who, &p, &t);
    int64_t matches = 0;
    for (int64_t row = 0; row < rows; row++) {
        int64_t label = numbers ? ((const int32_t *)t.data)[row] : gt_row_argmax(t.dtype, t.data, row, columns);
        matches += gt_row_argmax(p.dtype, p.data, row, columns) == label;
    }
    *right = (double)matches;
    *total = (double)rows;
    return GT_OK;
}

static gt_status count_binary(const gt_tensor *prediction, const gt_tensor *target, double *right, double *total)
{
    static const char who[] = "binary_accuracy";
    operand p, t;
    gt_status status = read_operands(who, prediction, target, right, total, &p, &t);
    if (status != GT_OK)
        return status;
    if (!gt_shape_equal(&p.shape, &t.shape))
        return shapes_differ(who, &p, &t);
    const int64_t size = gt_shape_size(&p.shape);
    int64_t matches = 0;
    for (int64_t i = 0; i < size; i++)
        matches += gt_element(t.dtype, t.data, i) == (gt_element(p.dtype, p.data, i) > 0.5);
    *right = (double)matches;
    *total = (double)size;
    return GT_OK;
}

/* The sum of what is equal. */
static gt_tensor *count_equal(gt_tape *tape, gt_tensor *a, gt_tensor *b, double *total)
{
    gt_tensor *equal = gt_equal(tape, a, b);
    *total = (double)gt_tensor_size(equal);
    return gt_sum(tape, gt_cast(tape, equal, GT_FLOAT64), NULL);
}

static gt_tensor *right_categorical(gt_tape *tape, gt_tensor *prediction, gt_tensor *target, double *total)
{
    gt_tensor *labels = gt_tensor_dtype(target) == GT_INT32 ? target : gt_argmax(tape, target, -1);
    return count_equal(tape, gt_argmax(tape, prediction, -1), labels, total);
}

static gt_tensor *right_binary(gt_tape *tape, gt_tensor *prediction, gt_tensor *target, double *total)
{
    const gt_dtype dtype = gt_tensor_dtype(prediction);
    gt_tensor *positive = gt_greater(tape, prediction, gt_fill(tape, dtype, GT_SCALAR, 0.5));
    return count_equal(tape, gt_cast(tape, positive, gt_tensor_dtype(target)), target, total);
}

const gt_metric gt_categorical_accuracy = {"accuracy", count_categorical, right_categorical};
const gt_metric gt_binary_accuracy = {"accuracy", count_binary, right_binary};

gt_status gt_metric_count_anywhere(const gt_metric *metric, gt_tape *tape, gt_tensor *prediction, gt_tensor *target,
                                   double *right, double *total)
{
    gt_tensor *p = gt_tensor_device(prediction) == GT_CPU ? prediction : gt_to_device(tape, prediction, GT_CPU);
    gt_tensor *t = gt_tensor_device(target) == GT_CPU ? target : gt_to_device(tape, target, GT_CPU);
    if (!p || !t)
        return gt_fail(gt_tape_status(tape), "%s", gt_tape_message(tape));
    return metric->count(p, t, right, total);
}

double gt_metric_of(const gt_metric *metric, const gt_tensor *prediction, const gt_tensor *target)
{
    if (!metric || !metric->count) {
        gt_fail(GT_ERR_ARGUMENT, "gt_metric_of: the metric%s is NULL", metric ? "'s function" : "");
        return (double)NAN;
    }
    double right = 0, total = 0;
    if (metric->count(prediction, target, &right, &total) != GT_OK)
        return (double)NAN;
    return total > 0 ? right / total : (double)NAN; /* of nothing */
}
