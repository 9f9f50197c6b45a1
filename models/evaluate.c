/* Using a model on data: evaluate and predict. */
#include <math.h>
#include <string.h>

#include "core/op.h"
#include "models/pass.h"
#include "models/rows.h"

static gt_status check_targets(const char *who, const gt_model *model, const gt_tensor *y)
{
    gt_dtype dtype = gt_tensor_dtype(y);
    if (dtype == model->dtype || dtype == GT_INT32)
        return GT_OK;
    return gt_fail(GT_ERR_DTYPE,
                   "%s: y is %s, the model '%s' %s: convert it first (gt_cast), to int32 for class numbers", who,
                   gt_dtype_name(dtype), model->name, gt_dtype_name(model->dtype));
}

gt_status gt_model_check_data(const char *who, gt_model *model, const gt_tensor *x, const gt_tensor *y,
                              int64_t batch_size)
{
    if (!model || !x || !y)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s is NULL", who, !model ? "the model" : x ? "y" : "x");
    if (!model->batch_step)
        return gt_fail(GT_ERR_STATE, "%s: the model '%s' is not compiled: call gt_model_compile first", who,
                       model->name);
    if (batch_size < 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: batch_size is %lld, a positive number is expected", who,
                       (long long)batch_size);
    gt_status status = gt_rows_check(who, x, y);
    if (status == GT_OK && gt_tensor_dim(x, 0) == 0)
        status = gt_fail(GT_ERR_SHAPE, "%s: x has no rows", who);
    if (status == GT_OK)
        status = check_targets(who, model, y);
    return status == GT_OK ? gt_model_prepare(model, who, x) : status;
}

gt_status gt_model_evaluate(gt_model *model, const gt_tensor *x, const gt_tensor *y, int64_t batch_size,
                            gt_step_result *result)
{
    if (!result)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_evaluate: the result is NULL");
    *result = (gt_step_result){(double)NAN, (double)NAN};
    gt_pass p;
    gt_status status = gt_model_check_data("gt_model_evaluate", model, x, y, batch_size);
    const gt_batch data = {.x = (gt_tensor *)x, .y = (gt_tensor *)y};
    if (status == GT_OK)
        status = gt_pass_init(&p, model, &data, batch_size, false, false);
    if (status != GT_OK)
        return status;
    status = gt_pass_restart(&p, 0, 0);
    for (int64_t first = 0; status == GT_OK && first < p.batches.rows; first += p.batches.size)
        status = gt_pass_step(&p, first);
    gt_step_result mean;
    if (status == GT_OK)
        status = gt_pass_means(&p, p.batches.rows, &mean);
    if (status == GT_OK)
        *result = mean;
    gt_pass_free(&p);
    return status;
}

/* Rows [first, first + count) through the model, into the same rows of `all`. */
static gt_status predict_batch(gt_model *model, const gt_tensor *x, int64_t first, int64_t count, gt_tensor *all)
{
    gt_tensor *rows = gt_tensor_rows(x, first, count), *target = gt_tensor_rows(all, first, count);
    gt_status status = rows && target ? GT_OK : GT_ERR_MEMORY;
    gt_tensor *there = rows;
    if (status == GT_OK && model->device != GT_CPU)
        there = gt_to_device(model->tape, rows, model->device);
    gt_tensor *y = status == GT_OK ? gt_model_call(model, model->tape, there, false) : NULL;
    if (status == GT_OK && !y)
        status = gt_fail(gt_tape_status(model->tape), "%s", gt_tape_message(model->tape));
    void *values = y ? gt_tensor_data_write(target) : NULL;
    if (values)
        status = gt_tensor_read(y, values, (size_t)gt_tensor_size(y) * gt_dtype_size(gt_tensor_dtype(y)));
    gt_tape_reset(model->tape);
    gt_tensor_free(rows);
    gt_tensor_free(target);
    return status;
}

/* The shape of the outputs for as many rows as x has. */
static gt_shape output_shape(const gt_model *model, const gt_tensor *x)
{
    const gt_shape sample = model->layers ? model->layer[model->layers - 1]->output : model->sample;
    gt_shape shape = {.rank = sample.rank + 1, .dim = {gt_tensor_dim(x, 0)}};
    memcpy(shape.dim + 1, sample.dim, (size_t)sample.rank * sizeof *sample.dim);
    return shape;
}

static gt_status check_predict(const char *who, gt_model *model, const gt_tensor *x, int64_t batch_size)
{
    if (!model || batch_size < 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s", who, model ? "a negative batch_size" : "the model is NULL");
    gt_status status = gt_rows_check(who, x, NULL);
    return status == GT_OK ? gt_model_prepare(model, who, x) : status;
}

static gt_status predict_all(gt_model *model, const gt_tensor *x, int64_t batch_size, gt_tensor *all)
{
    const int64_t rows = gt_tensor_dim(x, 0), size = batch_size ? batch_size : GT_DEFAULT_BATCH;
    gt_status status = GT_OK;
    for (int64_t first = 0; status == GT_OK && first < rows; first += size)
        status = predict_batch(model, x, first, rows - first < size ? rows - first : size, all);
    return status;
}

gt_tensor *gt_model_predict(gt_model *model, const gt_tensor *x, int64_t batch_size)
{
    if (check_predict("gt_model_predict", model, x, batch_size) != GT_OK)
        return NULL;
    gt_tensor *all = gt_tensor_new(model->dtype, output_shape(model, x));
    if (all && predict_all(model, x, batch_size, all) == GT_OK)
        return all;
    gt_tensor_free(all);
    return NULL;
}

gt_status gt_model_predict_into(gt_model *model, const gt_tensor *x, int64_t batch_size, gt_tensor *y)
{
    static const char who[] = "gt_model_predict_into";
    gt_status status = check_predict(who, model, x, batch_size);
    if (status != GT_OK)
        return status;
    const gt_shape shape = gt_tensor_shape(y), expected = output_shape(model, x);
    if (!y)
        return gt_fail(GT_ERR_ARGUMENT, "%s: y is NULL", who);
    if (gt_tensor_dtype(y) != model->dtype || !gt_shape_equal(&shape, &expected))
        return gt_fail(GT_ERR_SHAPE, "%s: y is %s %s, %s %s is expected", who, gt_dtype_name(gt_tensor_dtype(y)),
                       gt_shape_text(&shape).text, gt_dtype_name(model->dtype), gt_shape_text(&expected).text);
    return predict_all(model, x, batch_size, y);
}
