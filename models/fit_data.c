#include "models/fit_data.h"

#include <math.h>

#include "core/memory.h"
#include "core/tensor_internal.h" /* gt_element */
#include "models/rows.h"

static const char who[] = "gt_model_fit";

/* ---- checks ----------------------------------------------------------------------------------------------------- */

static gt_status check_validation(gt_model *model, const gt_tensor *x, const gt_fit_options *options)
{
    const double split = options->validation_split;
    if (!options->validation_x != !options->validation_y)
        return gt_fail(GT_ERR_ARGUMENT, "%s: validation_%s is NULL", who, options->validation_x ? "y" : "x");
    if (options->validation_x && split != 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: validation data and a validation_split", who);
    if (options->validation_x)
        return gt_model_check_data("gt_model_fit, validation", model, options->validation_x, options->validation_y, 0);
    if (!(split >= 0 && split < 1))
        return gt_fail(GT_ERR_ARGUMENT, "%s: validation_split is %g, from 0 to less than 1 is expected", who, split);
    if (split > 0 && (int64_t)((double)gt_tensor_dim(x, 0) * (1 - split)) < 1)
        return gt_fail(GT_ERR_ARGUMENT, "%s: validation_split %g leaves no row of %lld to train on", who, split,
                       (long long)gt_tensor_dim(x, 0));
    return GT_OK;
}

static gt_status check_weights(const gt_model *model, const gt_tensor *x, const gt_fit_options *options)
{
    const gt_tensor *weight = options->sample_weight;
    const gt_shape shape = gt_tensor_shape(weight), expected = GT_SHAPE(gt_tensor_dim(x, 0));
    if (!weight && !options->class_weight)
        return GT_OK;
    if (weight && gt_tensor_dtype(weight) != model->dtype)
        return gt_fail(GT_ERR_DTYPE, "%s: sample_weight is %s, the model '%s' %s", who,
                       gt_dtype_name(gt_tensor_dtype(weight)), model->name, gt_dtype_name(model->dtype));
    if (weight && !gt_shape_equal(&shape, &expected))
        return gt_fail(GT_ERR_SHAPE, "%s: sample_weight is %s, %s is expected", who, gt_shape_text(&shape).text,
                       gt_shape_text(&expected).text);
    if (options->class_weight && options->classes < 1)
        return gt_fail(GT_ERR_ARGUMENT, "%s: class_weight for %d classes", who, options->classes);
    if (!model->sample_loss && model->batch_step == gt_model_batch_step)
        return gt_fail(GT_ERR_STATE,
                       "%s: the loss of '%s' has no form for single samples, which weights need: give "
                       "gt_compile_options.sample_loss",
                       who, model->name);
    return GT_OK;
}

static gt_status check_callbacks(const gt_fit_options *options)
{
    if (options->callback_count < 0 || (options->callback_count > 0 && !options->callbacks))
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s", who,
                       options->callback_count < 0 ? "a negative callback_count" : "the callbacks are NULL");
    for (int i = 0; i < options->callback_count; i++)
        if (!options->callbacks[i])
            return gt_fail(gt_maker_failure(), "%s: callback %d is NULL: %s", who, i, gt_last_error());
    return GT_OK;
}

gt_status gt_fit_check(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options)
{
    gt_status status = check_callbacks(options);
    if (status == GT_OK)
        status = gt_model_check_data(who, model, x, y, options->batch_size);
    if (status == GT_OK && options->epochs < 0)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: epochs is %d, a positive number is expected", who, options->epochs);
    if (status == GT_OK && options->micro_batch < 0)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: micro_batch is %lld, 0 or more is expected", who,
                         (long long)options->micro_batch);
    if (status == GT_OK && model->fit)
        status =
            gt_fail(GT_ERR_STATE, "%s: '%s' is being trained already, and a callback calls it again", who, model->name);
    if (status == GT_OK && options->schedule)
        status = gt_schedule_check(options->schedule);
    if (status == GT_OK)
        status = check_validation(model, x, options);
    return status == GT_OK ? check_weights(model, x, options) : status;
}

/* ---- weights ---------------------------------------------------------------------------------------------------- */

/* The class of a row: its number, or the first maximum of its one-hot label. */
static int64_t class_of(const gt_tensor *y, int64_t row)
{
    const int64_t rows = gt_tensor_dim(y, 0), width = gt_tensor_size(y) / rows;
    if (gt_tensor_dtype(y) == GT_INT32 || width == 1)
        return (int64_t)gt_element(gt_tensor_dtype(y), gt_tensor_data(y), row * width);
    return gt_row_argmax(gt_tensor_dtype(y), gt_tensor_data(y), row, width);
}

static gt_status weigh_by_class(const gt_fit_options *options, const gt_tensor *y, gt_tensor *weight)
{
    void *values = gt_tensor_data_write(weight);
    const int64_t rows = gt_tensor_dim(y, 0);
    if (!values || !gt_tensor_data(y))
        return GT_ERR_DEVICE;
    for (int64_t i = 0; i < rows; i++) {
        const int64_t k = class_of(y, i);
        if (k < 0 || k >= options->classes)
            return gt_fail(GT_ERR_VALUE, "%s: row %lld is of class %lld, class_weight has %d", who, (long long)i,
                           (long long)k, options->classes);
        if (gt_tensor_dtype(weight) == GT_FLOAT64)
            ((double *)values)[i] *= options->class_weight[k];
        else
            ((float *)values)[i] = (float)((double)((float *)values)[i] * options->class_weight[k]);
    }
    return GT_OK;
}

static void fill_ones(gt_tensor *weight)
{
    void *values = gt_tensor_data_write(weight);
    const int64_t rows = gt_tensor_size(weight);
    for (int64_t i = 0; values && i < rows; i++)
        if (gt_tensor_dtype(weight) == GT_FLOAT64)
            ((double *)values)[i] = 1;
        else
            ((float *)values)[i] = 1;
}

/* The product of the samples' and the classes' weights; NULL where there are none. */
static gt_status make_weights(const gt_fit *fit, const gt_tensor *y, gt_tensor **weight)
{
    const gt_fit_options *set = &fit->options;
    *weight = NULL;
    if (!set->sample_weight && !set->class_weight)
        return GT_OK;
    *weight = set->sample_weight ? gt_tensor_copy(set->sample_weight)
                                 : gt_tensor_new(fit->model->dtype, GT_SHAPE(gt_tensor_dim(y, 0)));
    if (!*weight)
        return gt_last_status();
    if (!set->sample_weight)
        fill_ones(*weight);
    return set->class_weight ? weigh_by_class(set, y, *weight) : GT_OK;
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

/* As in Keras, the last rows are for validation: int(n (1 - split)) are trained on. */
static gt_status split(gt_fit *fit, const gt_batch *all)
{
    const int64_t rows = gt_tensor_dim(all->x, 0);
    const double fraction = fit->options.validation_split;
    const int64_t trained = fraction > 0 ? (int64_t)((double)rows * (1 - fraction)) : rows;
    gt_status status = gt_batch_rows(all, 0, trained, &fit->data);
    if (status != GT_OK || fraction == 0)
        return status;
    const gt_batch unweighted = {.x = all->x, .y = all->y};
    return gt_batch_rows(&unweighted, trained, rows - trained, &fit->validation);
}

gt_status gt_fit_take_data(gt_fit *fit, const gt_tensor *x, const gt_tensor *y)
{
    gt_batch all = {.x = (gt_tensor *)x, .y = (gt_tensor *)y};
    gt_status status = make_weights(fit, y, &all.weight);
    if (status == GT_OK)
        status = split(fit, &all);
    gt_tensor_free(all.weight);
    const gt_fit_options *set = &fit->options;
    if (status != GT_OK || !set->validation_x)
        return status;
    const gt_batch given = {.x = (gt_tensor *)set->validation_x, .y = (gt_tensor *)set->validation_y};
    return gt_batch_rows(&given, 0, gt_tensor_dim(given.x, 0), &fit->validation);
}
