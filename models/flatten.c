/* Flatten: each sample as one row of features. */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    (void)layer;
    *output = GT_SHAPE(gt_shape_size(input));
    return GT_OK;
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    return gt_reshape(tape, x, GT_SHAPE(gt_tensor_dim(x, 0), layer->output.dim[0]));
}

static const gt_setting settings[] = {{.name = NULL}};

const gt_layer_class gt_flatten_class = {"Flatten", 0, build, call, settings, NULL};

gt_layer *gt_layer_flatten(void)
{
    return gt_layer_new(&gt_flatten_class, NULL);
}
