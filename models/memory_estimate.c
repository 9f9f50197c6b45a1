/* What a model will take of memory, from shapes alone. */
#include <string.h>

#include "models/layer_classes.h"
#include "models/model_internal.h"

static size_t bytes_of(const gt_model *model, const gt_shape *shape)
{
    return (size_t)gt_shape_size(shape) * gt_dtype_size(model->dtype);
}

/* How many results of its output's size a layer leaves behind: an activation that its op does not compute itself is one
 * more, and a view is none. */
static size_t results_of(const gt_layer *layer)
{
    if (layer->type == &gt_flatten_class)
        return 0;
    for (const gt_setting *setting = layer->type->settings; setting && setting->name; setting++) {
        if (strcmp(setting->name, "activation") != 0 || layer->type == &gt_activation_class)
            continue;
        const int activation = *(const int *)(const void *)((const char *)layer->state + setting->offset);
        return activation == GT_LINEAR || activation == GT_RELU ? 1 : 2;
    }
    return 1;
}

/* Of one sample: all results; and what one layer needs at most in the sweep: the cotangents of its output, of what lies
 * before its activation, and of its input. */
static void find_activations(const gt_model *model, size_t *results, size_t *cotangents)
{
    *results = bytes_of(model, &model->sample);
    *cotangents = 0;
    for (int i = 0; i < model->layers; i++) {
        const gt_layer *layer = model->layer[i];
        const size_t in = bytes_of(model, &layer->input), out = bytes_of(model, &layer->output);
        *results += results_of(layer) * out;
        *cotangents = in + 2 * out > *cotangents ? in + 2 * out : *cotangents;
    }
}

gt_status gt_model_memory(const gt_model *model, int64_t batch_size, bool training, gt_memory_estimate *estimate)
{
    if (!model || !estimate || batch_size < 1)
        return gt_fail(GT_ERR_ARGUMENT, "gt_model_memory: %s",
                       !model      ? "the model is NULL"
                       : !estimate ? "the estimate is NULL"
                                   : "batch_size is not positive");
    *estimate = (gt_memory_estimate){0};
    gt_status status = gt_model_check_saved("gt_model_memory", model, "");
    if (status != GT_OK)
        return status;
    size_t results, cotangents;
    find_activations(model, &results, &cotangents);
    const size_t element = gt_dtype_size(model->dtype);
    estimate->weights = (size_t)gt_model_parameter_count(model, false) * element;
    estimate->activations = (size_t)batch_size * results;
    if (training) {
        const size_t trained = (size_t)gt_model_parameter_count(model, true) * element;
        estimate->gradients = trained;
        estimate->optimizer = trained * (size_t)gt_optimizer_slots(model->optimizer);
        estimate->activations += (size_t)batch_size * cotangents;
    }
    estimate->total = estimate->weights + estimate->gradients + estimate->optimizer + estimate->activations;
    return GT_OK;
}
