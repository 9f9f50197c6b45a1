/* What all layers share: name, weights, building, checked calls. */
#include "models/layer.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "models/layer_classes.h"
#include "models/layer_internal.h"

/* ---- making and freeing ---------------------------------------------------------------------------------------- */

/* "LeakyReLU" to "leaky_re_lu", as Keras does it: an underscore before each capital that follows a small letter, or
 * begins a word. */
static void to_snake_case(const char *type, char *snake, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; type[i] && at + 2 < size; i++) {
        unsigned char c = (unsigned char)type[i], next = (unsigned char)type[i + 1];
        bool small_before = i > 0 && islower((unsigned char)type[i - 1]);
        if (i > 0 && isupper(c) && (small_before || islower(next) || isdigit(next)))
            snake[at++] = '_';
        snake[at++] = (char)tolower(c);
    }
    snake[at] = '\0';
}

gt_layer *gt_layer_new(const gt_layer_class *type, const char *name)
{
    if (!type || !type->type || !type->type[0] || !type->call || (name && !name[0])) {
        gt_fail(GT_ERR_ARGUMENT, "gt_layer_new: %s",
                !type                           ? "the class is NULL"
                : !type->type || !type->type[0] ? "the class has no name"
                : !type->call                   ? "the class has no function `call`"
                                                : "the name is empty");
        return NULL;
    }
    gt_layer *layer = gt_allocate(sizeof *layer);
    if (!layer)
        return NULL;
    layer->type = type;
    to_snake_case(type->type, layer->snake, sizeof layer->snake);
    layer->name = gt_copy_string(name);
    layer->state = gt_allocate(type->state_size ? type->state_size : 1);
    if (!layer->state || (name && !layer->name)) {
        gt_layer_free(layer);
        return NULL;
    }
    return layer;
}

gt_layer *gt_layer_with(const gt_layer_class *type, const char *name, void *state)
{
    if (type->check && type->check(state) != GT_OK)
        return NULL;
    gt_layer *layer = gt_layer_new(type, name);
    if (layer)
        memcpy(layer->state, state, type->state_size);
    return layer;
}

void gt_layer_unbuild(gt_layer *layer)
{
    for (int i = 0; i < layer->weights; i++)
        gt_tensor_free(layer->weight[i]);
    layer->weights = layer->trainable = 0;
    layer->built = false;
}

gt_status gt_layer_free(gt_layer *layer)
{
    if (!layer)
        return GT_OK;
    if (layer->owned)
        return gt_fail(GT_ERR_STATE, "gt_layer_free: '%s' belongs to a model, which frees it", gt_layer_label(layer));
    gt_layer_unbuild(layer);
    gt_release(layer->weight);
    gt_release(layer->state);
    gt_release(layer->name);
    gt_release(layer);
    return GT_OK;
}

/* ---- what it is ------------------------------------------------------------------------------------------------ */

const char *gt_layer_label(const gt_layer *layer)
{
    return layer->name ? layer->name : layer->snake;
}

const char *gt_layer_name(const gt_layer *layer)
{
    return layer ? layer->name : NULL;
}

gt_status gt_layer_set_name(gt_layer *layer, const char *name)
{
    if (!layer || !name || !name[0])
        return gt_fail(GT_ERR_ARGUMENT, "gt_layer_set_name: the %s",
                       !layer ? "layer is NULL"
                       : name ? "name is empty"
                              : "name is NULL");
    if (layer->owned || layer->built)
        return gt_fail(GT_ERR_STATE, "gt_layer_set_name: '%s' %s keeps its name", gt_layer_label(layer),
                       layer->owned ? "belongs to a model and" : "has weights and");
    char *copy = gt_copy_string(name);
    if (!copy)
        return GT_ERR_MEMORY;
    gt_release(layer->name);
    layer->name = copy;
    return GT_OK;
}

const char *gt_layer_type(const gt_layer *layer)
{
    return layer ? layer->type->type : "";
}

void *gt_layer_state(gt_layer *layer)
{
    return layer ? layer->state : NULL;
}

bool gt_layer_trainable(const gt_layer *layer)
{
    return layer && !layer->frozen;
}

gt_status gt_layer_set_trainable(gt_layer *layer, bool trainable)
{
    if (!layer)
        return gt_fail(GT_ERR_ARGUMENT, "gt_layer_set_trainable: the layer is NULL");
    layer->frozen = !trainable;
    for (int i = 0; i < layer->trainable; i++)
        gt_tensor_set_trainable(layer->weight[i], trainable);
    return GT_OK;
}

int gt_layer_weight_count(const gt_layer *layer)
{
    return layer ? layer->weights : 0;
}

gt_tensor *gt_layer_weight(const gt_layer *layer, int index)
{
    return layer && index >= 0 && index < layer->weights ? layer->weight[index] : NULL;
}

gt_tensor *gt_layer_weight_named(const gt_layer *layer, const char *name)
{
    for (int i = 0; name && i < gt_layer_weight_count(layer); i++) {
        const char *full = gt_tensor_name(layer->weight[i]), *last = full ? strrchr(full, '/') : NULL;
        if (last && strcmp(last + 1, name) == 0)
            return layer->weight[i];
    }
    return NULL;
}

gt_shape gt_layer_output_shape(const gt_layer *layer)
{
    return layer && layer->built ? layer->output : GT_SCALAR;
}

/* ---- building -------------------------------------------------------------------------------------------------- */

static gt_status reserve_weight(gt_layer *layer)
{
    if (layer->weights < layer->capacity)
        return GT_OK;
    int capacity = layer->capacity ? 2 * layer->capacity : 4;
    gt_tensor **larger = gt_allocate((size_t)capacity * sizeof(gt_tensor *));
    if (!larger)
        return GT_ERR_MEMORY;
    if (layer->weights)
        memcpy(larger, layer->weight, (size_t)layer->weights * sizeof(gt_tensor *));
    gt_release(layer->weight);
    layer->weight = larger;
    layer->capacity = capacity;
    return GT_OK;
}

/* A parameter called "dense/kernel". */
static gt_tensor *named_parameter(const gt_layer *layer, const char *name, gt_shape shape)
{
    size_t bytes = strlen(gt_layer_label(layer)) + strlen(name) + 2;
    char *full = gt_allocate(bytes);
    if (!full)
        return NULL;
    snprintf(full, bytes, "%s/%s", gt_layer_label(layer), name);
    gt_tensor *weight = gt_parameter_new(full, layer->dtype, shape);
    gt_release(full);
    return weight;
}

static gt_status make_weight(gt_layer *layer, const char *name, gt_shape shape, gt_tensor **weight)
{
    gt_status status = gt_shape_check(gt_layer_label(layer), layer->dtype, &shape);
    if (status == GT_OK)
        status = reserve_weight(layer);
    if (status != GT_OK)
        return status;
    *weight = named_parameter(layer, name, shape);
    return *weight ? GT_OK : GT_ERR_MEMORY;
}

/* A weight from the archive, whose memory it shares: a file that promises layers of any size brings their weights. */
static gt_status take_weight(gt_layer *layer, const char *name, gt_shape shape, gt_tensor **weight)
{
    char full[512];
    snprintf(full, sizeof full, "%s/%s", gt_layer_label(layer), name);
    const gt_tensor *given = gt_archive_find(layer->given, full);
    const gt_shape there = gt_tensor_shape(given);
    if (!given)
        return gt_fail(GT_ERR_FORMAT, "there is no weight '%.200s' %s", full, gt_shape_text(&shape).text);
    if (!gt_shape_equal(&there, &shape) || gt_tensor_dtype(given) != layer->dtype)
        return gt_fail(GT_ERR_FORMAT, "the weight '%.200s' is %s %s, %s %s is expected", full,
                       gt_dtype_name(gt_tensor_dtype(given)), gt_shape_text(&there).text, gt_dtype_name(layer->dtype),
                       gt_shape_text(&shape).text);
    gt_status status = reserve_weight(layer);
    if (status != GT_OK)
        return status;
    *weight = gt_tensor_share(given);
    return *weight ? gt_tensor_set_name(*weight, full) : GT_ERR_MEMORY;
}

gt_tensor *gt_layer_add_weight(gt_layer *layer, const char *name, gt_shape shape, gt_initializer initializer,
                               int64_t fan_in, int64_t fan_out, bool trainable)
{
    if (!layer || !name || !layer->random) {
        gt_fail(GT_ERR_STATE, "gt_layer_add_weight: %s",
                !layer ? "the layer is NULL"
                : name ? "the layer is not being built"
                       : "the name is NULL");
        return NULL;
    }
    gt_tensor *weight = NULL;
    gt_status status =
        layer->given ? take_weight(layer, name, shape, &weight) : make_weight(layer, name, shape, &weight);
    if (status == GT_OK && !layer->given)
        status = gt_initialize(weight, initializer, fan_in, fan_out, layer->random);
    if (status == GT_OK)
        status = gt_tensor_set_trainable(weight, trainable && !layer->frozen);
    if (status != GT_OK) {
        layer->failure = status;
        gt_tensor_free(weight);
        return NULL;
    }
    int at = trainable ? layer->trainable++ : layer->weights;
    memmove(layer->weight + at + 1, layer->weight + at, (size_t)(layer->weights - at) * sizeof(gt_tensor *));
    layer->weight[at] = weight;
    layer->weights++;
    return weight;
}

gt_status gt_layer_check_sample(const char *who, const char *what, gt_dtype dtype, const gt_shape *sample)
{
    gt_status status = gt_shape_check(who, dtype, sample);
    if (status == GT_OK && sample->rank >= GT_MAX_RANK)
        return gt_fail(GT_ERR_SHAPE, "%s: %s %s: at most %d axes beside the batch's are possible", who, what,
                       gt_shape_text(sample).text, GT_MAX_RANK - 1);
    return status;
}

static gt_status check_build(const gt_layer *layer, const gt_shape *sample, gt_dtype dtype, const gt_random *random)
{
    if (!layer || !random)
        return gt_fail(GT_ERR_ARGUMENT, "gt_layer_build: the %s is NULL", layer ? "stream" : "layer");
    if (layer->built)
        return gt_fail(GT_ERR_STATE, "%s: the layer was built before, for samples %s", gt_layer_label(layer),
                       gt_shape_text(&layer->input).text);
    if (!gt_dtype_is_real(dtype))
        return gt_fail(GT_ERR_DTYPE, "%s: a layer of %s cannot be built: float32 and float64 are possible",
                       gt_layer_label(layer), gt_dtype_name(dtype));
    return gt_layer_check_sample(gt_layer_label(layer), "samples", dtype, sample);
}

gt_status gt_layer_build(gt_layer *layer, gt_shape sample, gt_dtype dtype, gt_random *random)
{
    gt_status status = check_build(layer, &sample, dtype, random);
    if (status != GT_OK)
        return status;
    if (!layer->name && !(layer->name = gt_copy_string(layer->snake)))
        return GT_ERR_MEMORY;
    gt_random stream = *random;
    layer->dtype = dtype;
    layer->input = layer->output = sample;
    layer->random = &stream;
    layer->failure = GT_OK;
    if (layer->type->build)
        status = layer->type->build(layer, &layer->input, &layer->output);
    layer->random = NULL;
    if (layer->failure != GT_OK)
        status = layer->failure;
    if (status == GT_OK)
        status = gt_layer_check_sample(gt_layer_label(layer), "results", dtype, &layer->output);
    if (status != GT_OK) {
        gt_layer_unbuild(layer);
        return status;
    }
    *random = stream;
    layer->built = true;
    return GT_OK;
}

/* ---- calling --------------------------------------------------------------------------------------------------- */

static bool is_batch_of(const gt_shape *shape, const gt_shape *sample)
{
    bool same = shape->rank == sample->rank + 1;
    for (int64_t i = 0; same && i < sample->rank; i++)
        same = shape->dim[i + 1] == sample->dim[i];
    return same;
}

/* Indices, which an embedding takes beside numbers of its dtype. */
static bool are_indices(const gt_layer *layer, const gt_tensor *x)
{
    return layer->type == &gt_embedding_class && gt_tensor_dtype(x) == GT_INT32;
}

static gt_status check_input(const gt_layer *layer, const gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x), *sample = &layer->input;
    if (gt_tensor_dtype(x) != layer->dtype && !are_indices(layer, x))
        return gt_fail(GT_ERR_DTYPE, "%s: input %s is %s: the layer was built for %s", gt_layer_label(layer),
                       gt_shape_text(&shape).text, gt_dtype_name(gt_tensor_dtype(x)), gt_dtype_name(layer->dtype));
    if (is_batch_of(&shape, sample))
        return GT_OK;
    if (sample->rank == 1)
        return gt_fail(GT_ERR_SHAPE, "%s: input %s: the layer was built for %lld features", gt_layer_label(layer),
                       gt_shape_text(&shape).text, (long long)sample->dim[0]);
    return gt_fail(GT_ERR_SHAPE, "%s: input %s: the layer was built for samples %s", gt_layer_label(layer),
                   gt_shape_text(&shape).text, gt_shape_text(sample).text);
}

/* The class' `call` keeps what its `build` promised; the next layer, and gt_model_predict, rely on it. */
static gt_status check_output(const gt_layer *layer, const gt_tensor *x, const gt_tensor *y)
{
    const gt_shape shape = gt_tensor_shape(y);
    if (gt_tensor_dtype(y) == layer->dtype && is_batch_of(&shape, &layer->output) &&
        shape.dim[0] == gt_tensor_dim(x, 0))
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: the layer's call returned %s %s for %lld samples, its build promised %s %s each",
                   gt_layer_label(layer), gt_dtype_name(gt_tensor_dtype(y)), gt_shape_text(&shape).text,
                   (long long)gt_tensor_dim(x, 0), gt_dtype_name(layer->dtype), gt_shape_text(&layer->output).text);
}

/* A layer that no model builds draws its weights from the tape's stream. */
static gt_status build_for(gt_layer *layer, gt_tape *tape, const gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x);
    if (shape.rank == 0)
        return gt_fail(GT_ERR_SHAPE, "%s: input (): a batch of samples is expected", gt_layer_label(layer));
    const gt_random at = gt_tape_random(tape, 1);
    gt_random random = gt_random_new(at.key, at.offset);
    const gt_dtype dtype = are_indices(layer, x) ? GT_FLOAT32 : gt_tensor_dtype(x);
    return gt_layer_build(layer, gt_shape_of((int)shape.rank - 1, shape.dim + 1), dtype, &random);
}

gt_tensor *gt_layer_run(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    if (gt_tape_status(tape) != GT_OK)
        return NULL;
    if (!layer || !tape || !x)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: the %s is NULL",
                            layer ? gt_layer_label(layer) : "gt_layer_call",
                            !layer ? "layer"
                            : tape ? "input"
                                   : "tape");
    gt_status status = layer->built ? GT_OK : build_for(layer, tape, x);
    if (status == GT_OK)
        status = check_input(layer, x);
    if (status != GT_OK)
        return gt_tape_fail(tape, status, "%s", gt_last_error());
    gt_tensor *y = layer->type->call(layer, tape, x, training);
    if (!y && gt_tape_status(tape) == GT_OK)
        return gt_tape_fail(tape, GT_ERR_STATE, "%s: the layer's call returned NULL", gt_layer_label(layer));
    if (y && (status = check_output(layer, x, y)) != GT_OK)
        return gt_tape_fail(tape, status, "%s", gt_last_error());
    return y;
}

gt_tensor *gt_layer_call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    gt_tensor *y = gt_layer_run(layer, tape, x, training);
    return y && y == x ? gt_copy(tape, x) : y;
}
