/* fit: epochs over batches, with validation, history, progress and callbacks between them. */
#include "models/fit_internal.h"
#include "models/fit_data.h"

/* ---- values ----------------------------------------------------------------------------------------------------- */

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

/* Behind those that are there, under the history's names. */
static void add_values(gt_fit *fit, const gt_step_result *result)
{
    const gt_model *model = fit->model;
    fit->value[fit->count] = (gt_progress_value){model->history.name[fit->count], result->loss};
    fit->count++;
    if (!model->metric)
        return;
    fit->value[fit->count] = (gt_progress_value){model->history.name[fit->count], result->metric};
    fit->count++;
}

/* The means so far, which wait for a device. */
static gt_status read_values(gt_fit *fit)
{
    gt_step_result mean;
    const int64_t rows = fit->batch * fit->pass.batches.size, all = fit->pass.batches.rows;
    gt_status status = gt_pass_means(&fit->pass, rows < all ? rows : all, &mean);
    fit->count = 0;
    if (status == GT_OK)
        add_values(fit, &mean);
    return status;
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

typedef enum moment { TRAIN_BEGIN, EPOCH_BEGIN, BATCH_END, EPOCH_END, CHECKPOINT, TRAIN_END } moment;

static gt_callback_function *function_at(const gt_callback_class *type, moment when)
{
    gt_callback_function *const functions[] = {type->train_begin, type->epoch_begin, type->batch_end,
                                               type->epoch_end,   type->checkpoint,  type->train_end};
    return functions[when];
}

/* The epoch that a moment belongs to: the last one done, at its end. */
static int epoch_at(const gt_fit *fit, moment when)
{
    const bool within = when == TRAIN_BEGIN || fit->batch > 0 || when == EPOCH_BEGIN || fit->epoch == 0;
    return within ? fit->epoch + 1 : fit->epoch;
}

static gt_status call(gt_fit *fit, gt_callback *callback, moment when, const gt_fit_event *event)
{
    gt_callback_function *function = function_at(callback->type, when);
    const int code = function ? function(callback, event) : 0;
    if (code > 0 && !fit->model->stopped)
        fit->model->stopped = code;
    return code < 0 ? (gt_status)code : GT_OK;
}

/* The first code above 0 stops the training; the others are called all the same. */
static gt_status notify(gt_fit *fit, moment when)
{
    const char *names[GT_HISTORY_NAMES];
    double values[GT_HISTORY_NAMES];
    const int64_t steps = gt_pass_steps(&fit->pass);
    const int epoch = epoch_at(fit, when);
    gt_fit_event event = {.model = fit->model,
                          .epoch = epoch,
                          .epochs = fit->epochs,
                          .batch = epoch == fit->epoch ? steps : fit->batch,
                          .batches = steps,
                          .resumed = fit->resumed,
                          .count = fit->count,
                          .name = names,
                          .value = values,
                          .writer = fit->options.writer,
                          .writer_context = fit->options.writer_context};
    for (int i = 0; i < fit->count; i++) {
        names[i] = fit->value[i].name;
        values[i] = fit->value[i].value;
    }
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < fit->options.callback_count; i++) {
        event.stopping = fit->model->stopped;
        status = call(fit, fit->options.callbacks[i], when, &event);
    }
    return status;
}

static bool wants_values(const gt_fit *fit)
{
    for (int i = 0; i < fit->options.callback_count; i++)
        if (fit->options.callbacks[i]->type->wants_values)
            return true;
    return false;
}

gt_callback *gt_fit_callback(const gt_fit *fit, int index)
{
    for (int i = 0; i < fit->options.callback_count; i++)
        if (fit->options.callbacks[i]->type->settings && index-- == 0)
            return fit->options.callbacks[i];
    return NULL;
}

/* ---- an epoch --------------------------------------------------------------------------------------------------- */

static gt_status begin_epoch(gt_fit *fit)
{
    gt_batches *b = &fit->pass.batches;
    const bool whole = fit->batch == 0;
    fit->order = fit->model->order;
    fit->count = 0;
    if (b->order)
        gt_random_permutation(&fit->model->order, (int32_t)b->rows, b->order);
    gt_status status = gt_pass_restart(&fit->pass, whole ? 0 : fit->loss, whole ? 0 : fit->metric);
    if (status == GT_OK)
        gt_progress_begin(&fit->progress, fit->epoch + 1, fit->epochs);
    return status == GT_OK && whole ? notify(fit, EPOCH_BEGIN) : status;
}

static gt_status run_batch(gt_fit *fit)
{
    gt_model *model = fit->model;
    gt_status status = GT_OK;
    if (fit->options.schedule)
        status = gt_optimizer_set_learning_rate(
            model->optimizer, gt_schedule_rate(fit->options.schedule, gt_optimizer_steps(model->optimizer)));
    if (status == GT_OK)
        status = gt_pass_step(&fit->pass, fit->batch * fit->pass.batches.size);
    if (status != GT_OK)
        return status;
    fit->batch++;
    const bool due = gt_progress_due(&fit->progress);
    fit->count = 0;
    if (due || wants_values(fit))
        status = read_values(fit);
    if (status == GT_OK)
        gt_progress_step(&fit->progress, fit->batch, fit->count, due ? fit->value : NULL);
    if (!wants_values(fit))
        fit->count = 0;
    if (status == GT_OK)
        status = notify(fit, BATCH_END);
    return status == GT_OK ? notify(fit, CHECKPOINT) : status;
}

static gt_status end_epoch(gt_fit *fit)
{
    gt_model *model = fit->model;
    gt_step_result validated;
    gt_status status = read_values(fit);
    if (status == GT_OK && fit->validation.x) {
        status = gt_model_evaluate(model, fit->validation.x, fit->validation.y, fit->options.batch_size, &validated);
        if (status == GT_OK)
            add_values(fit, &validated);
    }
    if (status != GT_OK)
        return status;
    gt_progress_end(&fit->progress, fit->count, fit->value);
    double numbers[GT_HISTORY_NAMES];
    for (int i = 0; i < fit->count; i++)
        numbers[i] = fit->value[i].value;
    status = gt_history_append(&model->history, numbers);
    fit->epoch++;
    fit->batch = 0;
    fit->order = model->order;
    if (status == GT_OK)
        status = notify(fit, EPOCH_END);
    return status == GT_OK ? notify(fit, CHECKPOINT) : status;
}

static gt_status run_epoch(gt_fit *fit)
{
    const int64_t steps = gt_pass_steps(&fit->pass);
    gt_status status = begin_epoch(fit);
    while (status == GT_OK && !fit->model->stopped && fit->batch < steps)
        status = run_batch(fit);
    return status == GT_OK && !fit->model->stopped ? end_epoch(fit) : status;
}

static gt_status run_epochs(gt_fit *fit)
{
    gt_status status = notify(fit, TRAIN_BEGIN);
    while (status == GT_OK && !fit->model->stopped && fit->epoch < fit->epochs)
        status = run_epoch(fit);
    gt_progress_stop(&fit->progress);
    return status == GT_OK ? notify(fit, TRAIN_END) : status;
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

static gt_status begin(gt_fit *fit)
{
    gt_model *model = fit->model;
    const gt_fit_options *set = &fit->options;
    gt_status status = begin_history(model, fit->validation.x != NULL);
    if (status == GT_OK)
        status = gt_pass_init(&fit->pass, model, &fit->data, set->batch_size, true, !set->no_shuffle);
    if (status != GT_OK)
        return status;
    fit->progress = (gt_progress){.writer = set->writer,
                                  .context = set->writer_context,
                                  .terminal = set->terminal,
                                  .columns = set->columns,
                                  .clock = gt_progress_clock,
                                  .target = gt_pass_steps(&fit->pass)};
    model->fit = fit;
    model->micro_batch = set->micro_batch;
    fit->order = model->order;
    if (set->resume)
        status = gt_training_read(set->resume, model, fit);
    if (status == GT_OK)
        status = run_epochs(fit);
    model->fit = NULL;
    model->micro_batch = 0;
    gt_pass_free(&fit->pass);
    return status;
}

gt_status gt_model_fit(gt_model *model, const gt_tensor *x, const gt_tensor *y, const gt_fit_options *options)
{
    gt_fit fit = {.model = model};
    if (options)
        fit.options = *options;
    fit.epochs = fit.options.epochs ? fit.options.epochs : 1;
    gt_status status = gt_fit_check(model, x, y, &fit.options);
    if (status != GT_OK)
        return status;
    model->stopped = 0;
    status = gt_fit_take_data(&fit, x, y);
    if (status == GT_OK)
        status = begin(&fit);
    gt_batch_free(&fit.data);
    gt_batch_free(&fit.validation);
    return status;
}

int gt_model_stopped(const gt_model *model)
{
    return model ? model->stopped : 0;
}
