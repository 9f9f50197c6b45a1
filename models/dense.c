/* Dense: y = activation(x W + b) over the last axis. */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

typedef struct dense {
    int64_t units;
    gt_dense_options options;
    gt_tensor *kernel, *bias; /* the layer's weights */
} dense;

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    dense *self = gt_layer_state(layer);
    const gt_dense_options *options = &self->options;
    if (input->rank < 1)
        return gt_fail(GT_ERR_SHAPE, "%s: samples are single numbers: (features) is expected", gt_layer_label(layer));
    const int64_t in = input->dim[input->rank - 1], units = self->units;
    output->dim[output->rank - 1] = units;
    self->kernel =
        gt_layer_add_weight(layer, "kernel", GT_SHAPE(in, units), options->kernel_initializer, in, units, true);
    if (!self->kernel)
        return GT_ERR_MEMORY;
    if (options->no_bias)
        return GT_OK;
    self->bias = gt_layer_add_weight(layer, "bias", GT_SHAPE(units), options->bias_initializer, units, units, true);
    return self->bias ? GT_OK : GT_ERR_MEMORY;
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const dense *self = gt_layer_state(layer);
    if (self->options.activation == GT_RELU && !self->options.no_bias)
        return gt_linear_relu(tape, x, self->kernel, self->bias);
    gt_tensor *y =
        self->options.no_bias ? gt_matmul(tape, x, self->kernel, NULL) : gt_linear(tape, x, self->kernel, self->bias);
    return gt_activate(tape, self->options.activation, y);
}

static gt_status check(void *state)
{
    const dense *self = state;
    if (self->units < 1)
        return gt_fail(GT_ERR_ARGUMENT, "dense: units is %lld, a positive number is expected", (long long)self->units);
    gt_status status = gt_activation_check("dense", self->options.activation);
    if (status == GT_OK)
        status = gt_initializer_check("dense", self->options.kernel_initializer);
    return status == GT_OK ? gt_initializer_check("dense", self->options.bias_initializer) : status;
}

static const gt_setting settings[] = {
    GT_SETTING("units", GT_SETTING_INT, dense, units),
    GT_SETTING_OF("activation", dense, options.activation, gt_activation_choice),
    GT_SETTING_OF("kernel_initializer", dense, options.kernel_initializer, gt_initializer_choice),
    GT_SETTING_OF("bias_initializer", dense, options.bias_initializer, gt_initializer_choice),
    GT_SETTING("no_bias", GT_SETTING_FLAG, dense, options.no_bias),
    {.name = NULL},
};

const gt_layer_class gt_dense_class = {"Dense", sizeof(dense), build, call, settings, check};

gt_layer *gt_layer_dense(int64_t units, const gt_dense_options *options)
{
    dense self = {.units = units, .options = options ? *options : (gt_dense_options){0}};
    self.options.name = NULL; /* copied by the layer */
    return gt_layer_with(&gt_dense_class, options ? options->name : NULL, &self);
}
