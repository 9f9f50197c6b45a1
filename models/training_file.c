/* Training that is to go on: everything that its next step depends on, in one file. */
#include "models/saving.h"

#ifdef GT_HAVE_JANSSON

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/isa.h"
#include "core/tape_internal.h" /* gt_tape_stream */
#include "models/architecture.h"
#include "models/fit_internal.h"
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

static json_t *optimizer_to_json(gt_optimizer *optimizer)
{
    return json_pack("{s:s, s:s, s:I, s:o}", "name", gt_optimizer_name(optimizer), "settings",
                     gt_optimizer_settings(optimizer).text, "steps", (json_int_t)gt_optimizer_steps(optimizer),
                     "learning_rate", gt_json_real(gt_optimizer_learning_rate(optimizer)));
}

static gt_status add_slots(const gt_model *model, gt_archive *archive)
{
    gt_status status = GT_OK;
    gt_tensor *weight;
    for (int i = 0; (weight = gt_model_weight(model, i)); i++)
        for (int slot = 0; status == GT_OK && slot < gt_optimizer_slots(model->optimizer); slot++) {
            const gt_tensor *state = gt_optimizer_state(model->optimizer, weight, slot);
            if (state)
                status = gt_archive_add(archive, gt_slot_name(model->optimizer, weight, slot).text, state);
        }
    return status;
}

/* ---- streams, history, place ------------------------------------------------------------------------------------ */

static json_t *stream_to_json(const gt_random *stream)
{
    return json_pack("{s:o, s:o}", "key", gt_json_counter(stream->key), "offset", gt_json_counter(stream->offset));
}

static json_t *history_to_json(const gt_history *history)
{
    json_t *object = json_object();
    for (int i = 0; i < history->names; i++) {
        json_t *values = json_array();
        for (int epoch = 0; epoch < history->epochs; epoch++)
            json_array_append_new(values, gt_json_real(history->values[i][epoch]));
        json_object_set_new(object, history->name[i], values);
    }
    return object;
}

/* Beside where it is, what another run must have in common to go on. */
static gt_status fit_to_json(const gt_fit *fit, json_t **object)
{
    double loss = 0, metric = 0;
    gt_status status = fit->batch > 0 ? gt_pass_sums(&fit->pass, &loss, &metric) : GT_OK;
    if (status == GT_OK)
        *object =
            json_pack("{s:i, s:I, s:o, s:o, s:I, s:I, s:I, s:b}", "epoch", fit->epoch, "batch", (json_int_t)fit->batch,
                      "loss", gt_json_real(loss), "metric", gt_json_real(metric), "rows",
                      (json_int_t)fit->pass.batches.rows, "batch_size", (json_int_t)fit->pass.batches.size,
                      "micro_batch", (json_int_t)fit->options.micro_batch, "shuffled", fit->pass.batches.order != NULL);
    return status;
}

/* ---- callbacks -------------------------------------------------------------------------------------------------- */

static gt_status add_callback(const gt_callback *callback, int index, json_t *list, gt_archive *archive)
{
    json_t *object = json_pack("{s:s, s:i}", "type", callback->type->type, "kept", callback->kept_count);
    if (json_array_append_new(list, object) != 0)
        return gt_fail(GT_ERR_MEMORY, "out of memory for callback %d", index);
    gt_status status = gt_settings_write(callback->type->settings, callback->state, object);
    for (int i = 0; status == GT_OK && i < callback->kept_count; i++)
        status = gt_archive_add(archive, gt_kept_name(index, i).text, callback->kept[i]);
    return status;
}

static gt_status add_fit(const gt_fit *fit, json_t *training, gt_archive *archive)
{
    json_t *place = NULL, *callbacks = json_array();
    gt_status status = fit_to_json(fit, &place);
    if (json_object_set_new(training, "fit", place) != 0 || json_object_set_new(training, "callbacks", callbacks) != 0)
        return status == GT_OK ? gt_fail(GT_ERR_MEMORY, "out of memory for where fit is") : status;
    const gt_callback *callback;
    for (int i = 0; status == GT_OK && (callback = gt_fit_callback(fit, i)); i++)
        status = add_callback(callback, i, callbacks, archive);
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static gt_status training_to_json(const gt_model *model, json_t *training, gt_archive *archive)
{
    const gt_random *order = model->fit ? &model->fit->order : &model->order;
    if (json_object_set_new(training, "optimizer", optimizer_to_json(model->optimizer)) != 0 ||
        json_object_set_new(training, "order", stream_to_json(order)) != 0 ||
        json_object_set_new(training, "tape", stream_to_json(gt_tape_stream(model->tape))) != 0 ||
        json_object_set_new(training, "history", history_to_json(&model->history)) != 0 ||
        json_object_set_new(training, "version", json_string(GT_VERSION)) != 0 ||
        json_object_set_new(training, "device", json_string(gt_device_name(model->device))) != 0 ||
        json_object_set_new(training, "instruction_set", json_string(gt_isa())) != 0)
        return gt_fail(GT_ERR_MEMORY, "out of memory for the state of training");
    return model->fit ? add_fit(model->fit, training, archive) : GT_OK;
}

static gt_status to_archive(const gt_model *model, gt_archive *archive)
{
    json_t *training = json_object();
    gt_status status = gt_model_to_archive(model, archive);
    if (status == GT_OK)
        status = add_slots(model, archive);
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
