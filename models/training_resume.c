/* Reading what gt_training_save wrote: first everything is held against the model and the run that is to go on, then
 * everything is set. */
#include "models/saving.h"

#ifdef GT_HAVE_JANSSON

#include <stdio.h>
#include <string.h>

#include "core/isa.h"
#include "core/memory.h"
#include "core/tape_internal.h" /* gt_tape_stream */
#include "models/architecture.h"
#include "models/fit_internal.h"
#include "models/settings.h"
#include "models/training_file.h"
#include "optim/optimizer_internal.h"

/* What is read before anything is set. */
typedef struct saved {
    const char *path;
    gt_archive *archive;
    json_t *training;
    gt_random order, tape;
    int64_t steps;
    double learning_rate;
    int64_t epoch, batch; /* of the fit */
    double loss, metric;
} saved;

/* ---- the model -------------------------------------------------------------------------------------------------- */

/* Layers, sample and dtype; names and seeds may differ. */
static gt_status check_architecture(const saved *s, const gt_model *model)
{
    static const char *const members[] = {"layers", "sample", "dtype"};
    json_t *ours = gt_architecture_to_json(model);
    json_t *theirs = ours ? gt_archive_json(s->path, s->archive, GT_MODEL_KEY) : NULL;
    gt_status status = theirs ? GT_OK : gt_last_status();
    for (int i = 0; status == GT_OK && i < 3; i++)
        if (!json_equal(json_object_get(ours, members[i]), json_object_get(theirs, members[i])))
            status = gt_fail(GT_ERR_STATE, "%s: it is of another model than '%s': their %s differ", s->path,
                             model->name, members[i]);
    json_decref(ours);
    json_decref(theirs);
    return status;
}

/* GT_ERR_FORMAT unless the tensor is there, and like the weight. */
static gt_status check_tensor(const saved *s, const char *name, const gt_tensor *weight)
{
    const gt_tensor *there = gt_archive_find(s->archive, name);
    const gt_shape shape = gt_tensor_shape(there), expected = gt_tensor_shape(weight);
    if (there && gt_tensor_dtype(there) == gt_tensor_dtype(weight) && gt_shape_equal(&shape, &expected))
        return GT_OK;
    return gt_fail(GT_ERR_FORMAT, "%s: '%.100s' %s", s->path, name,
                   there ? "has another shape or dtype" : "is missing");
}

static gt_status check_weights(const saved *s, const gt_model *model)
{
    gt_status status = GT_OK;
    const gt_tensor *weight;
    for (int i = 0; status == GT_OK && (weight = gt_model_weight(model, i)); i++) {
        status = check_tensor(s, gt_tensor_name(weight), weight);
        for (int slot = 0; status == GT_OK && slot < gt_optimizer_slots(model->optimizer); slot++) {
            const gt_name name = gt_slot_name(model->optimizer, weight, slot);
            if (gt_archive_find(s->archive, name.text))
                status = check_tensor(s, name.text, weight);
        }
    }
    return status;
}

/* ---- the optimizer and the streams ------------------------------------------------------------------------------ */

/* The settings are compared as they were in the saved step. */
static gt_status check_optimizer(saved *s, gt_optimizer *optimizer)
{
    const json_t *object = json_object_get(s->training, "optimizer");
    const char *name = json_string_value(json_object_get(object, "name"));
    const char *settings = json_string_value(json_object_get(object, "settings"));
    if (!name || !settings)
        return gt_fail(GT_ERR_FORMAT, "%s: its optimizer has no name or settings", s->path);
    if (strcmp(name, gt_optimizer_name(optimizer)) != 0)
        return gt_fail(GT_ERR_STATE, "%s: its optimizer is %.40s, the model's %s", s->path, name,
                       gt_optimizer_name(optimizer));
    gt_status status = gt_json_read_int(s->path, object, "steps", 0, INT64_MAX - 1, &s->steps);
    if (status == GT_OK)
        status = gt_json_read_real(s->path, object, "learning_rate", &s->learning_rate);
    if (status != GT_OK)
        return status;
    const int64_t steps = gt_optimizer_steps(optimizer);
    const double rate = gt_optimizer_learning_rate(optimizer);
    gt_name ours = {""};
    status = gt_optimizer_set_learning_rate(optimizer, s->learning_rate);
    if (status == GT_OK) {
        gt_optimizer_set_steps(optimizer, s->steps);
        ours = gt_optimizer_settings(optimizer);
        gt_optimizer_set_steps(optimizer, steps);
        gt_optimizer_set_learning_rate(optimizer, rate);
    }
    if (status == GT_OK && strcmp(ours.text, settings) != 0)
        return gt_fail(GT_ERR_STATE, "%s: its %s has %.120s, the model's %.120s", s->path, name, settings, ours.text);
    return status;
}

static gt_status read_stream(const saved *s, const char *name, gt_random *stream)
{
    const json_t *object = json_object_get(s->training, name);
    gt_status status = gt_json_read_counter(s->path, object, "key", &stream->key);
    return status == GT_OK ? gt_json_read_counter(s->path, object, "offset", &stream->offset) : status;
}

/* ---- fit -------------------------------------------------------------------------------------------------------- */

static gt_status check_same(const saved *s, const json_t *object, const char *name, int64_t ours)
{
    int64_t theirs = 0;
    gt_status status = gt_json_read_int(s->path, object, name, 0, INT64_MAX, &theirs);
    if (status != GT_OK || theirs == ours)
        return status;
    return gt_fail(GT_ERR_STATE, "%s: its %s is %lld, here it is %lld", s->path, name, (long long)theirs,
                   (long long)ours);
}

static gt_status check_place(saved *s, const gt_fit *fit)
{
    const json_t *object = json_object_get(s->training, "fit");
    const gt_batches *b = &fit->pass.batches;
    if (!json_is_object(object))
        return gt_fail(GT_ERR_STATE, "%s: it was not saved during fit", s->path);
    gt_status status = check_same(s, object, "rows", b->rows);
    if (status == GT_OK)
        status = check_same(s, object, "batch_size", b->size);
    if (status == GT_OK)
        status = check_same(s, object, "micro_batch", fit->options.micro_batch);
    if (status == GT_OK && (json_integer_value(json_object_get(object, "shuffled")) != 0) != (b->order != NULL))
        status = gt_fail(GT_ERR_STATE, "%s: its data are %s, here they are not", s->path,
                         b->order ? "in order" : "shuffled");
    if (status == GT_OK)
        status = gt_json_read_int(s->path, object, "epoch", 0, INT32_MAX - 1, &s->epoch);
    if (status == GT_OK)
        status = gt_json_read_int(s->path, object, "batch", 0, gt_pass_steps(&fit->pass), &s->batch);
    if (status == GT_OK)
        status = gt_json_read_real(s->path, object, "loss", &s->loss);
    return status == GT_OK ? gt_json_read_real(s->path, object, "metric", &s->metric) : status;
}

/* The values of each name, as many as epochs are done. */
static gt_status check_history(const saved *s, const gt_history *history)
{
    const json_t *object = json_object_get(s->training, "history");
    for (int i = 0; i < history->names; i++) {
        const json_t *values = json_object_get(object, history->name[i]);
        if (!json_is_array(values) || json_array_size(values) != (size_t)s->epoch)
            return gt_fail(GT_ERR_STATE, "%s: its history has not %lld values of '%s'", s->path, (long long)s->epoch,
                           history->name[i]);
    }
    return json_object_size(object) == (size_t)history->names
               ? GT_OK
               : gt_fail(GT_ERR_STATE, "%s: its history has other values than this run (metric, validation)", s->path);
}

static gt_status check_kept(const saved *s, const gt_model *model, int index, int64_t count)
{
    gt_status status = GT_OK;
    if (count != 0 && count != gt_model_weights(model, 0, NULL))
        return gt_fail(GT_ERR_FORMAT, "%s: callback %d keeps %lld weights", s->path, index, (long long)count);
    for (int i = 0; status == GT_OK && i < count; i++)
        status = check_tensor(s, gt_kept_name(index, i).text, gt_model_weight(model, i));
    return status;
}

/* Also that the settings can be read: into a copy of the state. */
static gt_status check_callback(const saved *s, const gt_fit *fit, int index, const json_t *object)
{
    const gt_callback *callback = gt_fit_callback(fit, index);
    const char *type = json_string_value(json_object_get(object, "type"));
    int64_t kept = 0;
    if (!type || strcmp(type, callback->type->type) != 0)
        return gt_fail(GT_ERR_STATE, "%s: its callback %d is a %.60s, here it is a %s", s->path, index,
                       type ? type : "thing without a type", callback->type->type);
    gt_status status = gt_json_read_int(s->path, object, "kept", 0, INT32_MAX, &kept);
    if (status == GT_OK)
        status = check_kept(s, fit->model, index, kept);
    if (status != GT_OK)
        return status;
    const size_t size = callback->type->state_size ? callback->type->state_size : 1;
    void *copy = gt_allocate(size);
    if (!copy)
        return GT_ERR_MEMORY;
    status = gt_settings_read(s->path, callback->type->settings, object, copy);
    gt_release(copy);
    return status;
}

static gt_status check_fit(saved *s, const gt_fit *fit)
{
    const json_t *callbacks = json_object_get(s->training, "callbacks");
    int count = 0;
    while (gt_fit_callback(fit, count))
        count++;
    gt_status status = check_place(s, fit);
    if (status == GT_OK)
        status = check_history(s, &fit->model->history);
    if (status == GT_OK && json_array_size(callbacks) != (size_t)count)
        return gt_fail(GT_ERR_STATE, "%s: it has the state of %zu callbacks, this run has %d", s->path,
                       json_array_size(callbacks), count);
    for (int i = 0; status == GT_OK && i < count; i++)
        status = check_callback(s, fit, i, json_array_get(callbacks, (size_t)i));
    return status;
}

/* ---- setting ---------------------------------------------------------------------------------------------------- */

static gt_status set_slots(const saved *s, const gt_model *model, const gt_tensor *weight)
{
    gt_status status = GT_OK;
    for (int slot = 0; status == GT_OK && slot < gt_optimizer_slots(model->optimizer); slot++) {
        const gt_tensor *there = gt_archive_find(s->archive, gt_slot_name(model->optimizer, weight, slot).text);
        gt_tensor *state = there ? gt_optimizer_slot(model->optimizer, weight, slot) : NULL;
        if (there)
            status = state ? gt_tensor_assign(state, there) : gt_last_status();
    }
    return status;
}

static gt_status set_model(const saved *s, gt_model *model)
{
    gt_status status = GT_OK;
    gt_tensor *weight;
    for (int i = 0; status == GT_OK && (weight = gt_model_weight(model, i)); i++)
        status = set_slots(s, model, weight);
    for (int i = 0; status == GT_OK && (weight = gt_model_weight(model, i)); i++)
        status = gt_tensor_assign(weight, gt_archive_find(s->archive, gt_tensor_name(weight)));
    if (status != GT_OK)
        return status;
    gt_optimizer_set_steps(model->optimizer, s->steps);
    gt_optimizer_set_learning_rate(model->optimizer, s->learning_rate);
    model->order = s->order;
    *gt_tape_stream(model->tape) = s->tape;
    return GT_OK;
}

static gt_status set_history(const saved *s, gt_history *history)
{
    const json_t *object = json_object_get(s->training, "history");
    gt_status status = GT_OK;
    for (int64_t epoch = 0; status == GT_OK && epoch < s->epoch; epoch++) {
        double values[GT_HISTORY_NAMES];
        for (int i = 0; status == GT_OK && i < history->names; i++) {
            const json_t *all = json_object_get(object, history->name[i]);
            status = gt_json_read_number(s->path, history->name[i], json_array_get(all, (size_t)epoch), &values[i]);
        }
        if (status == GT_OK)
            status = gt_history_append(history, values);
    }
    return status;
}

static gt_status set_callback(const saved *s, const gt_fit *fit, int index)
{
    gt_callback *callback = gt_fit_callback(fit, index);
    const json_t *object = json_array_get(json_object_get(s->training, "callbacks"), (size_t)index);
    gt_status status = gt_settings_read(s->path, callback->type->settings, object, callback->state);
    if (json_integer_value(json_object_get(object, "kept")) == 0)
        return status;
    if (status == GT_OK)
        status = gt_callback_keep(callback, fit->model);
    for (int i = 0; status == GT_OK && i < callback->kept_count; i++)
        status = gt_tensor_assign(callback->kept[i], gt_archive_find(s->archive, gt_kept_name(index, i).text));
    return status;
}

/* Another instruction set, or device, rounds otherwise. */
static void tell_differences(const saved *s, const gt_fit *fit)
{
    const char *set = json_string_value(json_object_get(s->training, "instruction_set"));
    const char *device = json_string_value(json_object_get(s->training, "device"));
    const char *here = gt_device_name(fit->model->device);
    if (!fit->options.writer || !set || !device || (strcmp(set, gt_isa()) == 0 && strcmp(device, here) == 0))
        return;
    gt_write(fit->options.writer, fit->options.writer_context,
             "%s was saved on %.20s with %.20s, this run goes on on %s with %s: the same but for rounding\n", s->path,
             device, set, here, gt_isa());
}

static gt_status set_fit(const saved *s, gt_fit *fit)
{
    gt_status status = set_history(s, &fit->model->history);
    for (int i = 0; status == GT_OK && gt_fit_callback(fit, i); i++)
        status = set_callback(s, fit, i);
    fit->resumed = true;
    fit->epoch = (int)s->epoch;
    fit->batch = s->batch;
    fit->loss = s->loss;
    fit->metric = s->metric;
    fit->order = s->order;
    if (status == GT_OK)
        tell_differences(s, fit);
    return status;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static gt_status check_all(saved *s, gt_model *model, const gt_fit *fit)
{
    gt_status status = check_architecture(s, model);
    if (status == GT_OK)
        status = check_weights(s, model);
    if (status == GT_OK)
        status = check_optimizer(s, model->optimizer);
    if (status == GT_OK)
        status = read_stream(s, "order", &s->order);
    if (status == GT_OK)
        status = read_stream(s, "tape", &s->tape);
    return status == GT_OK && fit ? check_fit(s, fit) : status;
}

gt_status gt_training_read(const char *path, gt_model *model, gt_fit *fit)
{
    saved s = {.path = path, .archive = gt_archive_read(path)};
    if (!s.archive)
        return gt_last_status();
    s.training = gt_archive_json(path, s.archive, GT_TRAINING_KEY);
    gt_status status = s.training ? check_all(&s, model, fit) : gt_last_status();
    if (status == GT_OK)
        status = set_model(&s, model);
    if (status == GT_OK && fit)
        status = set_fit(&s, fit);
    json_decref(s.training);
    gt_archive_free(s.archive);
    return status;
}

gt_status gt_training_load(gt_model *model, const char *path)
{
    gt_status status = gt_model_check_saved("gt_training_load", model, path);
    if (status == GT_OK && !model->optimizer)
        status = gt_fail(GT_ERR_STATE, "gt_training_load: the model '%s' is not compiled", model->name);
    return status == GT_OK ? gt_training_read(path, model, NULL) : status;
}

#else

#include "models/fit_internal.h"

gt_status gt_training_read(const char *path, gt_model *model, gt_fit *fit)
{
    (void)model, (void)fit;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: this build has no jansson", path);
}

gt_status gt_training_load(gt_model *model, const char *path)
{
    (void)model;
    return gt_fail(GT_ERR_UNSUPPORTED, "%s: this build has no jansson", path ? path : "gt_training_load");
}

#endif
