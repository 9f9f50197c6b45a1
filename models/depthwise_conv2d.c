/* DepthwiseConv2D: y = activation(each channel of x convolved with filters of its own + b), images (height, width,
 * channels). */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

typedef struct depthwise_conv2d {
    int64_t height, width;
    gt_depthwise_conv2d_layer_options options;
    gt_tensor *kernel, *bias; /* the layer's weights */
} depthwise_conv2d;

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    depthwise_conv2d *self = gt_layer_state(layer);
    const gt_depthwise_conv2d_layer_options *options = &self->options;
    gt_status status = gt_layer_need_image(layer, input);
    if (status == GT_OK)
        status = gt_layer_convolve(layer, &options->convolution, self->height, self->width, output);
    if (status != GT_OK)
        return status;
    const int64_t in = input->dim[2], multiplier = options->multiplier ? options->multiplier : 1;
    const gt_shape shape = GT_SHAPE(self->height, self->width, in, multiplier);
    if ((status = gt_shape_check(gt_layer_label(layer), layer->dtype, &shape)) != GT_OK)
        return status;
    const int64_t area = self->height * self->width, out = in * multiplier;
    output->dim[2] = out;
    self->kernel =
        gt_layer_add_weight(layer, "kernel", shape, options->kernel_initializer, area * in, area * multiplier, true);
    if (!self->kernel)
        return GT_ERR_MEMORY;
    if (options->no_bias)
        return GT_OK;
    self->bias = gt_layer_add_weight(layer, "bias", GT_SHAPE(out), options->bias_initializer, out, out, true);
    return self->bias ? GT_OK : GT_ERR_MEMORY;
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const depthwise_conv2d *self = gt_layer_state(layer);
    gt_tensor *y = gt_depthwise_conv2d(tape, x, self->kernel, &self->options.convolution);
    if (!self->options.no_bias)
        y = gt_add(tape, y, self->bias);
    return gt_activate(tape, self->options.activation, y);
}

static gt_status check(void *state)
{
    const depthwise_conv2d *self = state;
    const gt_depthwise_conv2d_layer_options *options = &self->options;
    if (self->height < 1 || self->width < 1 || options->multiplier < 0)
        return gt_fail(GT_ERR_ARGUMENT, "depthwise_conv2d: %lld filters of %lld x %lld: positive numbers are expected",
                       (long long)options->multiplier, (long long)self->height, (long long)self->width);
    if (options->convolution.groups != 0)
        return gt_fail(GT_ERR_ARGUMENT, "depthwise_conv2d: groups is %lld: each channel is one already",
                       (long long)options->convolution.groups);
    gt_status status = gt_activation_check("depthwise_conv2d", options->activation);
    if (status == GT_OK)
        status = gt_initializer_check("depthwise_conv2d", options->kernel_initializer);
    return status == GT_OK ? gt_initializer_check("depthwise_conv2d", options->bias_initializer) : status;
}

static const gt_setting settings[] = {
    GT_SETTING("height", GT_SETTING_INT, depthwise_conv2d, height),
    GT_SETTING("width", GT_SETTING_INT, depthwise_conv2d, width),
    GT_SETTING("multiplier", GT_SETTING_INT, depthwise_conv2d, options.multiplier),
    GT_SETTING_OF("activation", depthwise_conv2d, options.activation, gt_activation_choice),
    GT_SETTING_PAIR("stride", depthwise_conv2d, options.convolution.stride),
    GT_SETTING_PAIR("dilation", depthwise_conv2d, options.convolution.dilation),
    GT_SETTING_OF("padding", depthwise_conv2d, options.convolution.padding, gt_padding_choice),
    GT_SETTING("top", GT_SETTING_INT, depthwise_conv2d, options.convolution.top),
    GT_SETTING("bottom", GT_SETTING_INT, depthwise_conv2d, options.convolution.bottom),
    GT_SETTING("left", GT_SETTING_INT, depthwise_conv2d, options.convolution.left),
    GT_SETTING("right", GT_SETTING_INT, depthwise_conv2d, options.convolution.right),
    GT_SETTING_OF("kernel_initializer", depthwise_conv2d, options.kernel_initializer, gt_initializer_choice),
    GT_SETTING_OF("bias_initializer", depthwise_conv2d, options.bias_initializer, gt_initializer_choice),
    GT_SETTING("no_bias", GT_SETTING_FLAG, depthwise_conv2d, options.no_bias),
    {.name = NULL},
};

const gt_layer_class gt_depthwise_conv2d_class = {
    "DepthwiseConv2D", sizeof(depthwise_conv2d), build, call, settings, check};

gt_layer *gt_layer_depthwise_conv2d(int64_t height, int64_t width, const gt_depthwise_conv2d_layer_options *options)
{
    depthwise_conv2d self = {.height = height, .width = width};
    if (options)
        self.options = *options;
    self.options.name = NULL; /* copied by the layer */
    return gt_layer_with(&gt_depthwise_conv2d_class, options ? options->name : NULL, &self);
}
