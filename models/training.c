/* Training: compile, one batch, fit, evaluate, predict.
 *
 * After the first epochs a step asks the system for no memory: everything comes from the tape's arenas and the pool. */
#include <math.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "models/device_run.h"
#include "models/model_internal.h"
#include "models/progress.h"
#include "models/rows.h"

#define DEFAULT_BATCH 32

/* ---- compile --------------------------------------------------------------------------------------------------- */

static gt_status check_compile(const gt_model *model, const gt_compile_options *options)
{
    if (!model || !options)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_compile: the %s", model ? "options are NULL" : "model is NULL");
    if (!options->optimizer)
        return gt_fail(gt_maker_failure(), "gt_model_compile: the optimizer is NULL: %s", gt_last_error());
    if (!options->loss && !options->batch_step)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_compile: the loss is NULL");
    if (options->metric && (!options->metric->name || !options->metric->count))
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_compile: the metric has no %s",
                       options->metric->name ? "function" : "name");
    return GT_OK;
}

gt_status gt_model_compile(gt_model *model, const gt_compile_options *options)
{
    gt_status status = check_compile(model, options);
    if (status != GT_OK) {
        if (options && options->optimizer != gt_model_optimizer(model))
            gt_optimizer_free(options->optimizer);
        return status;
    }
    if (model->optimizer != options->optimizer)
        gt_optimizer_free(model->optimizer);
    model->optimizer = options->optimizer;
    model->loss = options->loss;
    model->metric = options->metric;
    model->batch_step = options->batch_step ? options->batch_step : gt_model_batch_step;
    return GT_OK;
}

/* ---- one batch ------------------------------------------------------------------------------------------------- */

/* The trainable weights, with room for their gradients behind them; their number, or -1 when out of memory. */
static int find_trainable(gt_model *model)
{
    int count = gt_model_trainable_weights(model, model->trainable_capacity, model->trainable);
    if (count <= model->trainable_capacity)
        return count;
    gt_tensor **larger = gt_allocate(2 * (size_t)count * sizeof(gt_tensor *));
    if (!larger)
        return -1;
    gt_release(model->trainable);
    model->trainable = larger;
    model->trainable_capacity = count;
    return gt_model_trainable_weights(model, count, model->trainable);
}

gt_status gt_model_gradients(gt_model *model, gt_tensor *loss, int *count, gt_tensor ***gradients)
{
    *count = find_trainable(model);
    *gradients = model->trainable + model->trainable_capacity;
    if (*count < 1) { /* 0: all layers are frozen */
        const bool failed = *count < 0;
        *count = 0;
        return failed ? GT_ERR_MEMORY : GT_OK;
    }
    gt_status status = gt_tape_gradient(model->tape, loss, *count, model->trainable, *gradients);
    return status == GT_OK ? GT_OK : gt_fail(status, "%s", gt_tape_message(model->tape));
}

static gt_status update(gt_model *model, gt_tensor *loss)
{
    int count;
    gt_tensor **gradients;
    gt_status status = gt_model_gradients(model, loss, &count, &gradients);
    if (status != GT_OK || count == 0)
        return status;
    return gt_optimizer_apply(model->optimizer, count, model->trainable, gradients);
}

gt_status gt_model_forward(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_tensor **prediction,
                           gt_tensor **loss)
{
    gt_tape *tape = model->tape;
    if (training)
        gt_tape_begin(tape);
    *prediction = gt_model_call(model, tape, x, training);
    *loss = *prediction ? model->loss(tape, *prediction, y) : NULL;
    if (training)
        gt_tape_end(tape);
    if (gt_tape_status(tape) != GT_OK)
        return gt_fail(gt_tape_status(tape), "%s", gt_tape_message(tape));
    const gt_shape shape = gt_tensor_shape(*loss);
    if (!*loss || gt_shape_size(&shape) != 1)
        return gt_fail(GT_ERR_SHAPE, "%s: the loss is %s, a scalar is expected", model->name,
                       *loss ? gt_shape_text(&shape).text : "NULL");
    return GT_OK;
}

/* Loss and metric as numbers, read before the sweep of a lean tape frees the prediction. */
static gt_status measure(const gt_model *model, gt_tensor *prediction, const gt_tensor *loss, gt_tensor *y,
                         gt_step_result *result)
{
    *result = (gt_step_result){gt_tensor_item(loss), (double)NAN};
    if (!model->metric)
        return GT_OK;
    double right = 0, total = 0;
    gt_status status = gt_metric_count_anywhere(model->metric, model->tape, prediction, y, &right, &total);
    result->metric = right / total;
    return status;
}

static gt_status run_batch(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    gt_tensor *prediction, *loss;
    gt_status status = gt_model_forward(model, x, y, training, &prediction, &loss);
    if (status == GT_OK)
        status = measure(model, prediction, loss, y, result);
    return status == GT_OK && training ? update(model, loss) : status;
}

gt_status gt_model_batch_step(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    if (!model || !x || !y || !result)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_batch_step: %s is NULL",
                       !model ? "the model"
                       : !x   ? "x"
                       : !y   ? "y"
                              : "the result");
    if (!model->loss)
        return gt_fail(GT_ERR_STATE, "%s: the model has no loss: gt_model_compile sets it", model->name);
    gt_status status = run_batch(model, x, y, training, result);
    gt_tape_reset(model->tape);
    return status;
}

/* ---- all batches ------------------------------------------------------------------------------------------------ */

static gt_status step(gt_model *model, gt_batches *b, int64_t first, bool training, gt_step_result *result)
{
    gt_tensor *x, *y;
    gt_status status = gt_batches_take(b, first, &x, &y);
    *result = (gt_step_result){(double)NAN, (double)NAN};
    if (status == GT_OK)
        status = model->batch_step(model, x, y, training, result);
    gt_tape_reset(model->tape);
    gt_tensor_free(x);
    gt_tensor_free(y);
    return status;
}

/* Names and values for the bar: two for training, two more for validation; returns how many. */
static int name_values(const gt_model *model, const gt_step_result *training, const gt_step_result *validation,
                       gt_progress_value values[4])
{
    int count = 0;
    values[count++] = (gt_progress_value){"loss", training->loss};
    if (model->metric)
        values[count++] = (gt_progress_value){model->metric->name, training->metric};
    if (validation)
        values[count++] = (gt_progress_value){model->history.name[model->metric ? 2 : 1], validation->loss};
    if (validation && model->metric)
        values[count++] = (gt_progress_value){model->history.name[3], validation->metric};
    return count;
}

/* One pass over the data. On a device the steps are only asked for, unless the user has a step of his own. */
typedef struct pass {
    gt_model *model;
    gt_batches *batches;
    bool training;
    gt_device_run *device_run; /* NULL: each step gives its result */
    double loss, metric;       /* sums over the samples */
} pass;

static gt_status pass_step(pass *p, int64_t first)
{
    if (p->device_run)
        return gt_device_run_step(p->device_run, first);
    gt_step_result result;
    gt_status status = step(p->model, p->batches, first, p->training, &result);
    const double count = (double)gt_batch_count(p->batches, first);
    p->loss += result.loss * count;
    p->metric += result.metric * count;
    return status;
}

static gt_status pass_means(const pass *p, int64_t rows, gt_step_result *mean)
{
    if (p->device_run)
        return gt_device_run_means(p->device_run, rows, mean);
    *mean = (gt_step_result){p->loss / (double)rows, p->metric / (double)rows};
    return GT_OK;
}

static gt_status pass_init(pass *p, gt_batches *b, gt_device_run *run, gt_model *model, const gt_tensor *x,
                           const gt_tensor *y, int64_t batch_size, bool training, bool shuffle)
{
    *p = (pass){.model = model, .batches = b, .training = training};
    gt_status status = gt_batches_init(b, x, y, batch_size ? batch_size : DEFAULT_BATCH, shuffle, model->device);
    if (status != GT_OK || model->device == GT_CPU || model->batch_step != gt_model_batch_step)
        return status;
    p->device_run = run;
    status = gt_device_run_init(run, model, b, training);
    if (status != GT_OK)
        gt_batches_free(b);
    return status;
}

static void pass_free(pass *p)
{
    if (p->device_run)
        gt_device_run_free(p->device_run);
    gt_batches_free(p->batches);
}

/* All batches once; means are weighted by samples. `progress` may be NULL. */
static gt_status run_epoch(pass *p, gt_progress *progress, gt_step_result *mean)
{
    gt_batches *b = p->batches;
    p->loss = p->metric = 0;
    gt_status status = p->device_run ? gt_device_run_restart(p->device_run) : GT_OK;
    int64_t done = 0;
    for (int64_t first = 0; status == GT_OK && first < b->rows; first += b->size) {
        status = pass_step(p, first);
        const int64_t rows = first + gt_batch_count(b, first);
        /* Reading the means waits for a device. */
        const bool due = rows == b->rows || (progress && gt_progress_due(progress));
        if (status == GT_OK && due)
            status = pass_means(p, rows, mean);
        gt_progress_value values[4];
        if (status == GT_OK && progress)
            gt_progress_step(progress, ++done, due ? name_values(p->model, mean, NULL, values) : 0,
                             due ? values : NULL);
    }
    return status;
}

/* ---- fit ------------------------------------------------------------------------------------------------------- */

static gt_status check_targets(const char *who, const gt_model *model, const gt_tensor *y)
{
    gt_dtype dtype = gt_tensor_dtype(y);
    if (dtype == model->dtype || dtype == GT_INT32)
        return GT_OK;
    return gt_fail(GT_ERR_DTYPE,
                   "%s: y is %s, the model '%s' %s: convert it first (gt_cast), to int32 for class numbers", who,
                   gt_dtype_name(dtype), model->name, gt_dtype_name(model->dtype));
}

/* What fit, and evaluate, ask of a model and of data. */
static gt_status check_data(const char *who, gt_model *model, const gt_tensor *x, const gt_tensor *y,
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

static gt_status check_fit(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options)
{
    gt_status status = check_data("gt_model_fit", model, x, y, options->batch_size);
    if (status != GT_OK)
        return status;
    if (options->epochs < 0)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_fit: epochs is %d, a positive number is expected", options->epochs);
    if (!options->validation_x != !options->validation_y)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_fit: validation_%s is NULL", options->validation_x ? "y" : "x");
    if (!options->validation_x)
        return GT_OK;
    return check_data("gt_model_fit, validation", model, options->validation_x, options->validation_y, 0);
}

static gt_status begin_history(gt_model *model, bool validation)
{
    gt_history *history = &model->history;
    const char *metric = model->metric ? model->metric->name : NULL;
    gt_history_clear(history);
    gt_status status = gt_history_add_name(history, "", "loss");
    if (status == GT_OK && metric)
        status = gt_history_add_name(history, "", metric);
    if (status == GT_OK && validation)
        status = gt_history_add_name(history, "val_", "loss");
    if (status == GT_OK && validation && metric)
        status = gt_history_add_name(history, "val_", metric);
    return status;
}

static gt_status fit_epoch(pass *p, const gt_fit_options *options, gt_progress *progress)
{
    gt_model *model = p->model;
    gt_batches *b = p->batches;
    gt_step_result training, validation, *validated = options->validation_x ? &validation : NULL;
    if (b->order)
        gt_random_permutation(&model->order, (int32_t)b->rows, b->order);
    gt_batches_restart(b);
    gt_status status = run_epoch(p, progress, &training);
    if (status == GT_OK && validated)
        status = gt_model_evaluate(model, options->validation_x, options->validation_y, options->batch_size, validated);
    if (status != GT_OK)
        return status;
    gt_progress_value values[4];
    int count = name_values(model, &training, validated, values);
    gt_progress_end(progress, count, values);
    double numbers[4];
    for (int i = 0; i < count; i++)
        numbers[i] = values[i].value;
    return gt_history_append(&model->history, numbers);
}

gt_status gt_model_fit(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options)
{
    const gt_fit_options set = options ? *options : (gt_fit_options){0};
    const int epochs = set.epochs ? set.epochs : 1;
    gt_status status = check_fit(model, x, y, &set);
    if (status == GT_OK)
        status = begin_history(model, set.validation_x != NULL);
    pass p;
    gt_batches b;
    gt_device_run run;
    if (status == GT_OK)
        status = pass_init(&p, &b, &run, model, x, y, set.batch_size, true, !set.no_shuffle);
    if (status != GT_OK)
        return status;
    gt_progress progress = {.writer = set.writer,
                            .context = set.writer_context,
                            .terminal = set.terminal,
                            .columns = set.columns,
                            .clock = gt_progress_clock,
                            .target = (b.rows - 1) / b.size + 1};
    for (int epoch = 1; status == GT_OK && epoch <= epochs; epoch++) {
        gt_progress_begin(&progress, epoch, epochs);
        status = fit_epoch(&p, &set, &progress);
    }
    gt_progress_stop(&progress);
    pass_free(&p);
    return status;
}

/* ---- evaluate, predict ------------------------------------------------------------------------------------------- */

gt_status gt_model_evaluate(gt_model *model, const gt_tensor *x, const gt_tensor *y, int64_t batch_size,
                            gt_step_result *result)
{
    if (!result)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_evaluate: the result is NULL");
    *result = (gt_step_result){(double)NAN, (double)NAN};
    pass p;
    gt_batches b;
    gt_device_run run;
    gt_step_result mean;
    gt_status status = check_data("gt_model_evaluate", model, x, y, batch_size);
    if (status == GT_OK)
        status = pass_init(&p, &b, &run, model, x, y, batch_size, false, false);
    if (status != GT_OK)
        return status;
    status = run_epoch(&p, NULL, &mean);
    if (status == GT_OK)
        *result = mean;
    pass_free(&p);
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

gt_tensor *gt_model_predict(gt_model *model, const gt_tensor *x, int64_t batch_size)
{
    if (!model || batch_size < 0) {
        gt_fail(GT_ERR_ARGUMENT, "gt_model_predict: %s", model ? "a negative batch_size" : "the model is NULL");
        return NULL;
    }
    if (gt_rows_check("gt_model_predict", x, NULL) != GT_OK || gt_model_prepare(model, "gt_model_predict", x) != GT_OK)
        return NULL;
    const int64_t rows = gt_tensor_dim(x, 0), size = batch_size ? batch_size : DEFAULT_BATCH;
    const gt_shape sample = model->layers ? model->layer[model->layers - 1]->output : model->sample;
    gt_shape shape = {.rank = sample.rank + 1, .dim = {rows}};
    memcpy(shape.dim + 1, sample.dim, (size_t)sample.rank * sizeof *sample.dim);
    gt_tensor *all = gt_tensor_new(model->dtype, shape);
    gt_status status = all ? GT_OK : GT_ERR_MEMORY;
    for (int64_t first = 0; status == GT_OK && first < rows; first += size)
        status = predict_batch(model, x, first, rows - first < size ? rows - first : size, all);
    if (status == GT_OK)
        return all;
    gt_tensor_free(all);
    return NULL;
}
