/* InputLayer: tells a model the shape of one sample. A model keeps it apart from its layers, as Keras does. */
#include "models/layer_internal.h"

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    const gt_shape *sample = gt_layer_state(layer);
    *output = *sample;
    if (gt_shape_equal(input, sample))
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: samples %s given, %s expected", gt_layer_label(layer), gt_shape_text(input).text,
                   gt_shape_text(sample).text);
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)tape, (void)training;
    return x;
}

static const gt_layer_class input_class = {
    .type = "InputLayer", .state_size = sizeof(gt_shape), .build = build, .call = call};

const gt_shape *gt_layer_input_sample(const gt_layer *layer)
{
    return layer->type == &input_class ? layer->state : NULL;
}

gt_layer *gt_layer_input(gt_shape sample)
{
    if (gt_layer_check_sample("gt_layer_input", "samples", GT_FLOAT64, &sample) != GT_OK)
        return NULL;
    return gt_layer_with(&input_class, NULL, &sample);
}
