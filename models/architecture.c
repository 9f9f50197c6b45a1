#include "models/architecture.h"

#ifdef GT_HAVE_JANSSON

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "models/json.h"
#include "models/settings.h"

gt_status gt_archive_set_json(gt_archive *archive, const char *key, json_t *object)
{
    char *text = object ? gt_json_text(object) : NULL;
    gt_status status =
        text ? gt_archive_set_text(archive, key, text) : gt_fail(GT_ERR_MEMORY, "out of memory for '%s'", key);
    gt_release(text);
    json_decref(object);
    return status;
}

json_t *gt_archive_json(const char *who, const gt_archive *archive, const char *key)
{
    const char *text = gt_archive_text(archive, key);
    char what[480];
    snprintf(what, sizeof what, "%.400s: its '%.40s'", who, key);
    if (text)
        return gt_json_parse(what, text, strlen(text));
    gt_fail(GT_ERR_FORMAT, "%s: it has no '%s'", who, key);
    return NULL;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static gt_status layer_to_json(const gt_layer *layer, json_t *layers)
{
    const gt_layer_class *type = layer->type;
    const char *name = gt_layer_label(layer);
    if (gt_layer_class_named(type->type) != type)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: a %s cannot be saved: its class is not registered (gt_layer_register)",
                       name, type->type);
    if (!gt_is_utf8(name) || !gt_is_utf8(type->type))
        return gt_fail(GT_ERR_VALUE, "%s: the layer's name is no UTF-8", name);
    json_t *object = json_object();
    if (json_array_append_new(layers, object) != 0)
        return gt_fail(GT_ERR_MEMORY, "%s: out of memory for its settings", name);
    gt_status status = gt_json_set(object, "type", json_string(type->type));
    if (status == GT_OK)
        status = gt_json_set(object, "name", json_string(name));
    if (status == GT_OK)
        status = gt_json_set(object, "trainable", json_boolean(!layer->frozen));
    return status == GT_OK ? gt_settings_write(type->settings, layer->state, object) : status;
}

static gt_status architecture(const gt_model *model, json_t *object)
{
    static const gt_setting sample[] = {{.name = "sample", .type = GT_SETTING_SHAPE, .count = 1}, {.name = NULL}};
    if (!gt_is_utf8(model->name))
        return gt_fail(GT_ERR_VALUE, "%s: the model's name is no UTF-8", model->name);
    json_t *layers = json_array();
    gt_status status = gt_json_set(object, "layers", layers);
    if (status == GT_OK)
        status = gt_json_set(object, "name", json_string(model->name));
    if (status == GT_OK)
        status = gt_json_set(object, "dtype", json_string(gt_dtype_name(model->dtype)));
    if (status == GT_OK)
        status = gt_json_set(object, "seed", gt_json_counter(model->seed));
    if (status == GT_OK)
        status = gt_settings_write(sample, &model->sample, object);
    for (int i = 0; status == GT_OK && i < model->layers; i++)
        status = layer_to_json(model->layer[i], layers);
    return status;
}

json_t *gt_architecture_to_json(const gt_model *model)
{
    json_t *object = json_object();
    gt_status status = object ? architecture(model, object) : gt_fail(GT_ERR_MEMORY, "out of memory for a model");
    if (status == GT_OK)
        return object;
    json_decref(object);
    return NULL;
}

gt_status gt_model_to_archive(const gt_model *model, gt_archive *archive)
{
    json_t *object = gt_architecture_to_json(model);
    gt_status status = object ? gt_archive_set_json(archive, GT_MODEL_KEY, object) : gt_last_status();
    if (status == GT_OK)
        status = gt_archive_set_text(archive, GT_FORMAT_KEY, GT_FORMAT);
    return status == GT_OK ? gt_weights_to_archive(model, archive) : status;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static gt_status text_of(const char *who, const json_t *object, const char *name, const char **text)
{
    *text = json_string_value(json_object_get(object, name));
    return *text && **text ? GT_OK : gt_fail(GT_ERR_FORMAT, "%s: '%s' is no text", who, name);
}

/* A layer with the settings of the file; those that it has not are the defaults. */
static gt_status layer_from_json(const char *who, const json_t *object, gt_layer **layer)
{
    const char *type_name, *name;
    gt_status status = text_of(who, object, "type", &type_name);
    if (status == GT_OK)
        status = text_of(who, object, "name", &name);
    if (status != GT_OK)
        return status;
    const gt_layer_class *type = gt_layer_class_named(type_name);
    if (!type)
        return gt_fail(GT_ERR_UNSUPPORTED, "%s: '%.60s' is a %.60s, which is no known layer (gt_layer_register)", who,
                       name, type_name);
    void *state = gt_allocate(type->state_size ? type->state_size : 1);
    status = state ? gt_settings_read(who, type->settings, object, state) : GT_ERR_MEMORY;
    *layer = status == GT_OK ? gt_layer_with(type, name, state) : NULL;
    if (status == GT_OK && !*layer)
        status = gt_last_status();
    gt_release(state);
    return status == GT_OK ? gt_layer_set_trainable(*layer, !json_is_false(json_object_get(object, "trainable")))
                           : status;
}

static gt_status add_layers(const char *who, const json_t *layers, gt_archive *archive, gt_model *model)
{
    size_t index;
    json_t *object;
    json_array_foreach(layers, index, object)
    {
        gt_layer *layer = NULL;
        gt_status status = layer_from_json(who, object, &layer);
        if (status != GT_OK)
            return status;
        layer->given = archive;
        status = gt_model_add(model, layer);
        if (status != GT_OK)
            return status;
        layer->given = NULL;
    }
    return json_array_size(layers) > 0 ? GT_OK : gt_fail(GT_ERR_FORMAT, "%s: a model without layers", who);
}

static gt_status read_dtype(const char *who, const json_t *object, gt_dtype *dtype)
{
    const char *text;
    gt_status status = text_of(who, object, "dtype", &text);
    for (int i = GT_FLOAT32; status == GT_OK && i <= GT_FLOAT64; i++)
        if (strcmp(gt_dtype_name((gt_dtype)i), text) == 0) {
            *dtype = (gt_dtype)i;
            return GT_OK;
        }
    return status == GT_OK ? gt_fail(GT_ERR_FORMAT, "%s: a model of %.30s", who, text) : status;
}

/* An empty model for samples of the file's shape. */
static gt_status begin_model(const char *who, const json_t *object, gt_model **model)
{
    static const gt_setting sample[] = {{.name = "sample", .type = GT_SETTING_SHAPE, .count = 1}, {.name = NULL}};
    gt_model_options options = {.name = NULL};
    gt_shape shape = GT_SCALAR;
    gt_status status = text_of(who, object, "name", &options.name);
    if (status == GT_OK)
        status = read_dtype(who, object, &options.dtype);
    if (status == GT_OK)
        status = gt_json_read_counter(who, object, "seed", &options.seed);
    if (status == GT_OK)
        status = gt_settings_read(who, sample, object, &shape);
    if (status != GT_OK)
        return status;
    *model = gt_sequential(&options);
    return *model ? gt_model_add(*model, gt_layer_input(shape)) : gt_last_status();
}

static gt_status read_model(const char *who, const json_t *object, gt_archive *archive, gt_model **model)
{
    gt_status status = begin_model(who, object, model);
    if (status == GT_OK)
        status = add_layers(who, json_object_get(object, "layers"), archive, *model);
    if (status == GT_OK || status == GT_ERR_MEMORY)
        return status;
    char message[384];
    strncpy(message, gt_last_error(), sizeof message - 1)[sizeof message - 1] = '\0';
    const size_t length = strlen(who);
    const bool named = strncmp(message, who, length) == 0;
    return gt_fail(status == GT_ERR_UNSUPPORTED ? status : GT_ERR_FORMAT, "%s%s%s", named ? "" : who, named ? "" : ": ",
                   message);
}

gt_model *gt_model_from_archive(const char *who, gt_archive *archive)
{
    const char *format = gt_archive_text(archive, GT_FORMAT_KEY);
    if (!format || strcmp(format, GT_FORMAT) != 0) {
        if (format)
            gt_fail(GT_ERR_UNSUPPORTED, "%s: format %.20s, this version knows %s", who, format, GT_FORMAT);
        else
            gt_fail(GT_ERR_FORMAT, "%s: no model: it has no '%s'%s", who, GT_FORMAT_KEY,
                    gt_archive_count(archive) ? " (gt_weights_load loads weights alone)" : "");
        return NULL;
    }
    json_t *object = gt_archive_json(who, archive, GT_MODEL_KEY);
    if (!object)
        return NULL;
    gt_model *model = NULL;
    gt_status status = read_model(who, object, archive, &model);
    json_decref(object);
    if (status == GT_OK)
        return model;
    gt_model_free(model);
    return NULL;
}

#endif
