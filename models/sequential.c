/* Sequential: layers one behind the other. Making, building and calling; training.c does the rest. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "models/model_internal.h"

/* Streams of a model's seed; 0 is the tape's own. */
enum { WEIGHT_STREAM = 1, ORDER_STREAM = 2 };

gt_model *gt_sequential(const gt_model_options *options)
{
    const gt_model_options set = options ? *options : (gt_model_options){0};
    if (!gt_dtype_is_real(set.dtype)) {
        gt_fail(GT_ERR_DTYPE, "gt_sequential: a model of %s: float32 and float64 are possible",
                gt_dtype_name(set.dtype));
        return NULL;
    }
    if (set.name && !set.name[0]) {
        gt_fail(GT_ERR_ARGUMENT, "gt_sequential: the name is empty");
        return NULL;
    }
    gt_model *model = gt_allocate(sizeof *model);
    if (!model)
        return NULL;
    model->dtype = set.dtype;
    model->initial = gt_random_new(set.seed, WEIGHT_STREAM);
    model->order = gt_random_new(set.seed, ORDER_STREAM);
    model->name = gt_copy_string(set.name ? set.name : "sequential");
    model->seed = set.seed;
    model->tape = model->name ? gt_model_new_tape(model, GT_CPU) : NULL;
    if (model->tape)
        return model;
    gt_model_free(model);
    return NULL;
}

static void free_owned(gt_layer *layer)
{
    if (layer)
        layer->owned = false;
    gt_layer_free(layer);
}

void gt_model_free(gt_model *model)
{
    if (!model)
        return;
    gt_tape_free(model->tape);
    for (int i = 0; i < model->layers; i++)
        free_owned(model->layer[i]);
    free_owned(model->input);
    gt_optimizer_free(model->optimizer);
    gt_history_clear(&model->history);
    gt_release(model->layer);
    gt_release(model->trainable);
    gt_release(model->name);
    gt_release(model);
}

/* ---- what it is ------------------------------------------------------------------------------------------------ */

int gt_model_layer_count(const gt_model *model)
{
    return model ? model->layers : 0;
}

gt_layer *gt_model_layer(const gt_model *model, int index)
{
    int count = gt_model_layer_count(model);
    index += index < 0 ? count : 0;
    return index >= 0 && index < count ? model->layer[index] : NULL;
}

gt_layer *gt_model_layer_named(const gt_model *model, const char *name)
{
    for (int i = 0; name && i < gt_model_layer_count(model); i++)
        if (strcmp(gt_layer_label(model->layer[i]), name) == 0)
            return model->layer[i];
    return NULL;
}

const char *gt_model_name(const gt_model *model)
{
    return model ? model->name : "";
}

gt_shape gt_model_sample_shape(const gt_model *model)
{
    return model && model->built ? model->sample : GT_SCALAR;
}

gt_optimizer *gt_model_optimizer(const gt_model *model)
{
    return model ? model->optimizer : NULL;
}

gt_tape *gt_model_tape(gt_model *model)
{
    return model ? model->tape : NULL;
}

static int list_weights(const gt_model *model, bool trainable_only, int capacity, gt_tensor **weights)
{
    int count = 0;
    for (int i = 0; i < gt_model_layer_count(model); i++) {
        const gt_layer *layer = model->layer[i];
        for (int j = 0; j < layer->weights; j++) {
            if (trainable_only && !gt_tensor_trainable(layer->weight[j]))
                continue;
            if (weights && count < capacity)
                weights[count] = layer->weight[j];
            count++;
        }
    }
    return count;
}

int gt_model_weights(const gt_model *model, int capacity, gt_tensor **weights)
{
    return list_weights(model, false, capacity, weights);
}

int gt_model_trainable_weights(const gt_model *model, int capacity, gt_tensor **weights)
{
    return list_weights(model, true, capacity, weights);
}

gt_tensor *gt_model_weight(const gt_model *model, int index)
{
    for (int i = 0; index >= 0 && i < gt_model_layer_count(model); index -= model->layer[i++]->weights)
        if (index < model->layer[i]->weights)
            return model->layer[i]->weight[index];
    return NULL;
}

gt_tensor *gt_model_weight_named(const gt_model *model, const char *name)
{
    for (int i = 0; name && i < gt_model_layer_count(model); i++)
        for (int j = 0; j < model->layer[i]->weights; j++)
            if (strcmp(gt_tensor_name(model->layer[i]->weight[j]), name) == 0)
                return model->layer[i]->weight[j];
    return NULL;
}

int64_t gt_model_parameter_count(const gt_model *model, bool trainable_only)
{
    int64_t count = 0;
    for (int i = 0; i < gt_model_layer_count(model); i++) {
        const gt_layer *layer = model->layer[i];
        for (int j = 0; j < layer->weights; j++)
            if (!trainable_only || gt_tensor_trainable(layer->weight[j]))
                count += gt_tensor_size(layer->weight[j]);
    }
    return count;
}

/* ---- building -------------------------------------------------------------------------------------------------- */

/* The shape that the next layer gets. */
static gt_shape shape_so_far(const gt_model *model, int layers)
{
    return layers > 0 ? model->layer[layers - 1]->output : model->sample;
}

static gt_status build_layer(gt_model *model, int index)
{
    gt_layer *layer = model->layer[index];
    gt_status status = gt_layer_build(layer, shape_so_far(model, index), model->dtype, &model->initial);
    return status == GT_OK ? gt_layer_move(layer, model->device) : status;
}

/* A layer that was built before it joined keeps its weights, if they fit. */
static gt_status check_built_layer(const gt_model *model, int index)
{
    gt_layer *layer = model->layer[index];
    const gt_shape shape = shape_so_far(model, index);
    if (layer->dtype != model->dtype)
        return gt_fail(GT_ERR_DTYPE, "%s: the layer was built for %s, the model is %s", gt_layer_label(layer),
                       gt_dtype_name(layer->dtype), gt_dtype_name(model->dtype));
    if (gt_shape_equal(&layer->input, &shape))
        return gt_layer_move(layer, model->device);
    return gt_fail(GT_ERR_SHAPE, "%s: the layer was built for samples %s, here they are %s", gt_layer_label(layer),
                   gt_shape_text(&layer->input).text, gt_shape_text(&shape).text);
}

/* All layers or none: those that came built stay so. */
static gt_status build_all(gt_model *model, const gt_shape *sample, bool *was_built)
{
    const gt_random before = model->initial;
    gt_status status = GT_OK;
    int done = 0;
    model->sample = *sample;
    for (; status == GT_OK && done < model->layers; done++) {
        was_built[done] = model->layer[done]->built;
        status = was_built[done] ? check_built_layer(model, done) : build_layer(model, done);
    }
    model->built = status == GT_OK;
    if (model->built)
        return GT_OK;
    model->initial = before;
    for (int i = 0; i < done; i++)
        if (!was_built[i])
            gt_layer_unbuild(model->layer[i]);
    return status;
}

gt_status gt_model_build(gt_model *model, gt_shape sample)
{
    if (!model)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_build: the model is NULL");
    if (model->failure != GT_OK)
        return gt_fail(model->failure, "%s", model->message);
    if (model->built && gt_shape_equal(&model->sample, &sample))
        return GT_OK;
    if (model->built)
        return gt_fail(GT_ERR_STATE, "%s: the model was built before, for samples %s; %s was asked for", model->name,
                       gt_shape_text(&model->sample).text, gt_shape_text(&sample).text);
    gt_status status = gt_shape_check(model->name, model->dtype, &sample);
    if (status != GT_OK)
        return status;
    if (model->layers == 0)
        return gt_fail(GT_ERR_STATE, "%s: the model has no layers", model->name);
    bool *was_built = gt_allocate((size_t)model->layers * sizeof *was_built);
    if (!was_built)
        return GT_ERR_MEMORY;
    status = build_all(model, &sample, was_built);
    gt_release(was_built);
    return status;
}

gt_status gt_model_prepare(gt_model *model, const char *who, const gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x);
    if (shape.rank == 0)
        return gt_fail(GT_ERR_SHAPE, "%s: x is a single number, a batch of samples is expected", who);
    const gt_shape sample = gt_shape_of((int)shape.rank - 1, shape.dim + 1);
    if (gt_tensor_dtype(x) != model->dtype)
        return gt_fail(GT_ERR_DTYPE, "%s: x is %s, the model '%s' %s: convert it first (gt_cast)", who,
                       gt_dtype_name(gt_tensor_dtype(x)), model->name, gt_dtype_name(model->dtype));
    if (!model->built || model->failure != GT_OK)
        return gt_model_build(model, sample);
    if (gt_shape_equal(&model->sample, &sample))
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: x is %s, the model '%s' was built for samples %s", who,
                   gt_shape_text(&shape).text, model->name, gt_shape_text(&model->sample).text);
}

/* ---- adding ---------------------------------------------------------------------------------------------------- */

/* Keras' names: dense, dense_1, dense_2. */
static gt_status name_layer(const gt_model *model, gt_layer *layer)
{
    if (layer->name && gt_model_layer_named(model, layer->name))
        return gt_fail(GT_ERR_ARGUMENT, "%s: a layer named '%s' is there already", model->name, layer->name);
    if (layer->name)
        return GT_OK;
    char name[sizeof layer->snake + 16];
    snprintf(name, sizeof name, "%s", layer->snake);
    for (int i = 1; gt_model_layer_named(model, name); i++)
        snprintf(name, sizeof name, "%s_%d", layer->snake, i);
    return gt_layer_set_name(layer, name);
}

static gt_status reserve_layer(gt_model *model)
{
    if (model->layers < model->capacity)
        return GT_OK;
    int capacity = model->capacity ? 2 * model->capacity : 8;
    gt_layer **larger = gt_allocate((size_t)capacity * sizeof(gt_layer *));
    if (!larger)
        return GT_ERR_MEMORY;
    if (model->layers)
        memcpy(larger, model->layer, (size_t)model->layers * sizeof(gt_layer *));
    gt_release(model->layer);
    model->layer = larger;
    model->capacity = capacity;
    return GT_OK;
}

static gt_status add_input(gt_model *model, gt_layer *layer)
{
    if (model->input || model->layers > 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: only the first layer can be an input", model->name);
    model->input = layer;
    model->sample = *gt_layer_input_sample(layer);
    model->built = true; /* as far as it goes: each further layer is built when it is added */
    return GT_OK;
}

static gt_status add(gt_model *model, gt_layer *layer)
{
    gt_status status = reserve_layer(model);
    if (status == GT_OK)
        status = name_layer(model, layer);
    if (status == GT_OK && gt_layer_input_sample(layer))
        return add_input(model, layer);
    if (status != GT_OK)
        return status;
    model->layer[model->layers] = layer;
    if (model->built)
        status = layer->built ? check_built_layer(model, model->layers) : build_layer(model, model->layers);
    if (status == GT_OK)
        model->layers++;
    return status;
}

gt_status gt_maker_failure(void)
{
    return gt_last_status() == GT_ERR_MEMORY ? GT_ERR_MEMORY : GT_ERR_ARGUMENT;
}

gt_status gt_model_add(gt_model *model, gt_layer *layer)
{
    gt_status status = GT_OK;
    const bool ours = layer && !layer->owned;
    if (!model)
        status = gt_fail(GT_ERR_ARGUMENT, "gt_model_add: the model is NULL");
    else if (!layer)
        status = gt_fail(gt_maker_failure(), "%s: layer %d is NULL: %s", model->name, model->layers, gt_last_error());
    else if (!ours)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: the layer '%s' belongs to a model already", model->name,
                         gt_layer_label(layer));
    else
        status = add(model, layer);
    if (status == GT_OK) {
        layer->owned = true;
        return GT_OK;
    }
    if (model && model->failure == GT_OK) {
        model->failure = status;
        snprintf(model->message, sizeof model->message, "%s", gt_last_error());
    }
    if (ours)
        gt_layer_free(layer);
    return status;
}

/* ---- calling --------------------------------------------------------------------------------------------------- */

gt_tensor *gt_model_call(gt_model *model, gt_tape *tape, gt_tensor *x, bool training)
{
    if (gt_tape_status(tape) != GT_OK)
        return NULL;
    if (!model || !tape || !x)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "gt_model_call: the %s is NULL",
                            !model ? "model"
                            : tape ? "input"
                                   : "tape");
    gt_status status = gt_model_prepare(model, "gt_model_call", x);
    if (status == GT_OK && model->layers == 0)
        status = gt_fail(GT_ERR_STATE, "%s: the model has no layers", model->name);
    if (status != GT_OK)
        return gt_tape_fail(tape, status, "%s", gt_last_error());
    gt_tensor *y = x;
    for (int i = 0; y && i < model->layers; i++)
        y = gt_layer_run(model->layer[i], tape, y, training);
    return y == x ? gt_copy(tape, x) : y;
}
