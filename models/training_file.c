/* Training that is to go on: everything that its next step depends on, in one file. */
#include "models/saving.h"

#ifdef GT_HAVE_JANSSON

#include <stdio.h>
#include <string.h>

#include "core/isa.h"
#include "core/tape_internal.h" /* gt_tape_stream */
#include "models/architecture.h"
#include "models/fit_internal.h"
#include "models/json.h"
#include "models/settings.h"
#include "models/training_file.h"
#include "models/version.h"
#include "optim/optimizer_internal.h"

/* ---- names ------------------------------------------------------------------------------------------------------ */

gt_name gt_slot_name(const gt_optimizer *optimizer, const gt_tensor *weight, int slot)
{
    gt_name name;
    snprintf(name.text, sizeof name.text, "optimizer/%s/%.300s", gt_optimizer_slot_name(optimizer, slot),
             gt_tensor_name(weight));
    return name;
}

gt_name gt_kept_name(int callback, int weight)
{
    gt_name name;
    snprintf(name.text, sizeof name.text, "callback/%d/%d", callback, weight);
    return name;
}

/* ---- the optimizer ---------------------------------------------------------------------------------------------- */

static void append(void *context, const char *text, size_t length)
{
    gt_name *settings = context;
    const size_t used = strlen(settings->text);
    snprintf(settings->text + used, sizeof settings->text - used, "%.*s", (int)length, text);
}

gt_name gt_optimizer_settings(gt_optimizer *optimizer)
{
    gt_name settings = {""};
    const gt_op *op = NULL;
    const void *attributes = gt_optimizer_attributes(optimizer, &op);
    const gt_clipping clipping = gt_optimizer_clipping(optimizer);
    gt_attributes_print(op, attributes, append, &settings);
    gt_write(append, &settings, " clipping=%g,%g,%g", clipping.value, clipping.norm, clipping.global_norm);
    return settings;
}

static gt_status add_optimizer(gt_optimizer *optimizer, json_t *training)
{
    json_t *object = json_object();
    gt_status status = gt_json_set(training, "optimizer", object);
    if (status == GT_OK)
        status = gt_json_set(object, "name", json_string(gt_optimizer_name(optimizer)));
    if (status == GT_OK)
        status = gt_json_set(object, "settings", json_string(gt_optimizer_settings(optimizer).text));
    if (status == GT_OK)
        status = gt_json_set(object, "steps", json_integer(gt_optimizer_steps(optimizer)));
    return status == GT_OK ? gt_json_set(object, "learning_rate", gt_json_real(gt_optimizer_learning_rate(optimizer)))
                           : status;
}

static gt_status add_slots(const gt_model *model, gt_archive *archive)
{
    gt_status status = GT_OK;
    gt_tensor *weight;
    for (int i = 0; status == GT_OK && (weight = gt_model_weight(model, i)); i++)
        for (int slot = 0; status == GT_OK && slot < gt_optimizer_slots(model->optimizer); slot++) {
            const gt_tensor *state = gt_optimizer_state(model->optimizer, weight, slot);
            if (state)
                status = gt_archive_add(archive, gt_slot_name(model->optimizer, weight, slot).text, state);
        }
    return status;
}

/* ---- streams, history, place ------------------------------------------------------------------------------------ */

static gt_status add_stream(const gt_random *stream, const char *name, json_t *training)
{
    json_t *object = json_object();
    gt_status status = gt_json_set(training, name, object);
    if (status == GT_OK)
        status = gt_json_set(object, "key", gt_json_counter(stream->key));
    return status == GT_OK ? gt_json_set(object, "offset", gt_json_counter(stream->offset)) : status;
}

static gt_status add_history(const gt_history *history, json_t *training)
{
    json_t *object = json_object();
    gt_status status = gt_json_set(training, "history", object);
    for (int i = 0; status == GT_OK && i < history->names; i++) {
        json_t *values = json_array();
        status = gt_json_set(object, history->name[i], values);
        for (int epoch = 0; status == GT_OK && epoch < history->epochs; epoch++)
            if (json_array_append_new(values, gt_json_real(history->values[i][epoch])) != 0)
                status = gt_fail(GT_ERR_MEMORY, "out of memory for the history");
    }
    return status;
}

/* Beside where it is, what another run must have in common to go on. */
static gt_status add_place(const gt_fit *fit, json_t *training)
{
    json_t *object = json_object();
    const struct {
        const char *name;
        int64_t value;
    } numbers[] = {
        {"epoch", fit->epoch},
        {"batch", fit->batch},
        {"rows", fit->pass.batches.rows},
        {"batch_size", fit->pass.batches.size},
        {"micro_batch", fit->options.micro_batch},
        {"shuffled", fit->pass.batches.order != NULL},
    };
    double loss = 0, metric = 0;
    gt_status status = gt_json_set(training, "fit", object);
    if (status == GT_OK && fit->batch > 0)
        status = gt_pass_sums(&fit->pass, &loss, &metric);
    for (size_t i = 0; status == GT_OK && i < sizeof numbers / sizeof numbers[0]; i++)
        status = gt_json_set(object, numbers[i].name, json_integer(numbers[i].value));
    if (status == GT_OK)
        status = gt_json_set(object, "loss", gt_json_real(loss));
    return status == GT_OK ? gt_json_set(object, "metric", gt_json_real(metric)) : status;
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

static gt_status add_callback(const gt_callback *callback, int index, json_t *list, gt_archive *archive)
{
    json_t *object = json_object();
    if (json_array_append_new(list, object) != 0)
        return gt_fail(GT_ERR_MEMORY, "out of memory for callback %d", index);
    gt_status status = gt_json_set(object, "type", json_string(callback->type->type));
    if (status == GT_OK)
        status = gt_json_set(object, "kept", json_integer(callback->kept_count));
    if (status == GT_OK)
        status = gt_settings_write(callback->type->settings, callback->state, object);
    for (int i = 0; status == GT_OK && i < callback->kept_count; i++)
        status = gt_archive_add(archive, gt_kept_name(index, i).text, callback->kept[i]);
    return status;
}

static gt_status add_callbacks(const gt_fit *fit, json_t *training, gt_archive *archive)
{
    json_t *callbacks = json_array();
    gt_status status = gt_json_set(training, "callbacks", callbacks);
    const gt_callback *callback;
    for (int i = 0; status == GT_OK && (callback = gt_fit_callback(fit, i)); i++)
        status = add_callback(callback, i, callbacks, archive);
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static gt_status training_to_json(const gt_model *model, json_t *training, gt_archive *archive)
{
    gt_status status = add_optimizer(model->optimizer, training);
    if (status == GT_OK)
        status = add_stream(model->fit ? &model->fit->order : &model->order, "order", training);
    if (status == GT_OK)
        status = add_stream(gt_tape_stream(model->tape), "tape", training);
    if (status == GT_OK)
        status = add_history(&model->history, training);
    if (status == GT_OK)
        status = gt_json_set(training, "version", json_string(GT_VERSION));
    if (status == GT_OK)
        status = gt_json_set(training, "device", json_string(gt_device_name(model->device)));
    if (status == GT_OK)
        status = gt_json_set(training, "instruction_set", json_string(gt_isa()));
    if (status == GT_OK && model->fit)
        status = add_place(model->fit, training);
    return status == GT_OK && model->fit ? add_callbacks(model->fit, training, archive) : status;
}

static gt_status to_archive(const gt_model *model, gt_archive *archive)
{
    gt_status status = gt_model_to_archive(model, archive);
    if (status == GT_OK)
        status = add_slots(model, archive);
    json_t *training = status == GT_OK ? json_object() : NULL;
    if (status == GT_OK && !training)
        status = gt_fail(GT_ERR_MEMORY, "out of memory for the state of training");
    if (status == GT_OK)
        status = training_to_json(model, training, archive);
    if (status == GT_OK)
        return gt_archive_set_json(archive, GT_TRAINING_KEY, training);
    json_decref(training);
    return status;
}

gt_status gt_training_save(const gt_model *model, const char *path)
{
    gt_status status = gt_model_check_saved("gt_training_save", model, path);
    if (status == GT_OK && !model->optimizer)
        status = gt_fail(GT_ERR_STATE, "gt_training_save: the model '%s' is not compiled", model->name);
    gt_archive *archive = status == GT_OK ? gt_archive_new() : NULL;
    if (!archive)
        return status == GT_OK ? GT_ERR_MEMORY : status;
    status = to_archive(model, archive);
    if (status == GT_OK)
        status = gt_archive_write(archive, path);
    gt_archive_free(archive);
    return status;
}

#else

gt_status gt_training_save(const gt_model *model, const char *path)
{
    (void)model;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: this build has no jansson", path ? path : "gt_training_save");
}

#endif
