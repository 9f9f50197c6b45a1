/* LayerNormalization: each row of the last axis by its own mean and variance, in training as in inference. */
#include <math.h>

#include "models/layer_classes.h"
#include "models/layer_internal.h"

typedef struct layer_norm {
    double epsilon;
    gt_tensor *gamma, *beta; /* the layer's weights */
} layer_norm;

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    (void)output;
    layer_norm *self = gt_layer_state(layer);
    if (input->rank < 1)
        return gt_fail(GT_ERR_SHAPE, "%s: samples are single numbers: (features) is expected", gt_layer_label(layer));
    const int64_t n = input->dim[input->rank - 1];
    self->gamma = gt_layer_add_weight(layer, "gamma", GT_SHAPE(n), GT_INIT_ONE, n, n, true);
    self->beta = self->gamma ? gt_layer_add_weight(layer, "beta", GT_SHAPE(n), GT_INIT_ZERO, n, n, true) : NULL;
    return self->beta ? GT_OK : GT_ERR_MEMORY;
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const layer_norm *self = gt_layer_state(layer);
    return gt_layer_norm(tape, x, self->gamma, self->beta, self->epsilon);
}

static gt_status check(void *state)
{
    layer_norm *self = state;
    if (self->epsilon == 0)
        self->epsilon = 1e-3;
    if (self->epsilon > 0 && isfinite(self->epsilon))
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "layer_normalization: epsilon is %g, a positive number is expected", self->epsilon);
}

static const gt_setting settings[] = {
    GT_SETTING("epsilon", GT_SETTING_REAL, layer_norm, epsilon),
    {.name = NULL},
};

const gt_layer_class gt_layer_norm_class = {"LayerNormalization", sizeof(layer_norm), build, call, settings, check};

gt_layer *gt_layer_layer_norm(const gt_layer_norm_options *options)
{
    layer_norm self = {.epsilon = options ? options->epsilon : 0};
    return gt_layer_with(&gt_layer_norm_class, options ? options->name : NULL, &self);
}
