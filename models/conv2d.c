/* Conv2D: y = activation(x convolved with the filters + b), and Conv2DTranspose, the same by gt_conv2d_transpose;
 * images (height, width, channels). */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

typedef struct conv2d {
    int64_t filters, height, width;
    gt_conv2d_layer_options options;
    gt_tensor *kernel, *bias; /* the layer's weights */
} conv2d;

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    conv2d *self = gt_layer_state(layer);
    gt_status status = gt_layer_need_image(layer, input);
    if (status == GT_OK)
        status = gt_layer_convolve(layer, &self->options.convolution, self->height, self->width, output);
    if (status != GT_OK)
        return status;
    const int64_t groups = self->options.convolution.groups ? self->options.convolution.groups : 1;
    const int64_t in = input->dim[2] / groups;
    const int64_t filters = output->dim[2] = self->filters;
    if (groups < 1 || input->dim[2] % groups != 0 || filters % groups != 0)
        return gt_fail(GT_ERR_SHAPE, "%s: %lld channels and %lld filters cannot be shared out among %lld groups",
                       gt_layer_label(layer), (long long)input->dim[2], (long long)filters, (long long)groups);
    const gt_shape shape = GT_SHAPE(self->height, self->width, in, filters);
    if ((status = gt_shape_check(gt_layer_label(layer), layer->dtype, &shape)) != GT_OK)
        return status;
    const int64_t area = self->height * self->width;
    self->kernel =
        gt_layer_add_weight(layer, "kernel", shape, self->options.kernel_initializer, area * in, area * filters, true);
    if (!self->kernel)
        return GT_ERR_MEMORY;
    if (self->options.no_bias)
        return GT_OK;
    self->bias =
        gt_layer_add_weight(layer, "bias", GT_SHAPE(filters), self->options.bias_initializer, filters, filters, true);
    return self->bias ? GT_OK : GT_ERR_MEMORY;
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const conv2d *self = gt_layer_state(layer);
    const gt_conv2d_options *convolution = &self->options.convolution;
    if (self->options.activation == GT_RELU && !self->options.no_bias)
        return gt_conv2d_bias_relu(tape, x, self->kernel, self->bias, convolution);
    gt_tensor *y = self->options.no_bias ? gt_conv2d(tape, x, self->kernel, convolution)
                                         : gt_conv2d_bias(tape, x, self->kernel, self->bias, convolution);
    return gt_activate(tape, self->options.activation, y);
}

static gt_status check(void *state)
{
    const conv2d *self = state;
    if (self->filters < 1 || self->height < 1 || self->width < 1)
        return gt_fail(GT_ERR_ARGUMENT, "conv2d: %lld filters of %lld x %lld: positive numbers are expected",
                       (long long)self->filters, (long long)self->height, (long long)self->width);
    gt_status status = gt_activation_check("conv2d", self->options.activation);
    if (status == GT_OK)
        status = gt_initializer_check("conv2d", self->options.kernel_initializer);
    return status == GT_OK ? gt_initializer_check("conv2d", self->options.bias_initializer) : status;
}

static const gt_setting settings[] = {
    GT_SETTING("filters", GT_SETTING_INT, conv2d, filters),
    GT_SETTING("height", GT_SETTING_INT, conv2d, height),
    GT_SETTING("width", GT_SETTING_INT, conv2d, width),
    GT_SETTING_OF("activation", conv2d, options.activation, gt_activation_choice),
    GT_SETTING_PAIR("stride", conv2d, options.convolution.stride),
    GT_SETTING_PAIR("dilation", conv2d, options.convolution.dilation),
    GT_SETTING_OF("padding", conv2d, options.convolution.padding, gt_padding_choice),
    GT_SETTING("top", GT_SETTING_INT, conv2d, options.convolution.top),
    GT_SETTING("bottom", GT_SETTING_INT, conv2d, options.convolution.bottom),
    GT_SETTING("left", GT_SETTING_INT, conv2d, options.convolution.left),
    GT_SETTING("right", GT_SETTING_INT, conv2d, options.convolution.right),
    GT_SETTING("groups", GT_SETTING_INT, conv2d, options.convolution.groups),
    GT_SETTING_OF("kernel_initializer", conv2d, options.kernel_initializer, gt_initializer_choice),
    GT_SETTING_OF("bias_initializer", conv2d, options.bias_initializer, gt_initializer_choice),
    GT_SETTING("no_bias", GT_SETTING_FLAG, conv2d, options.no_bias),
    {.name = NULL},
};

const gt_layer_class gt_conv2d_class = {"Conv2D", sizeof(conv2d), build, call, settings, check};

static gt_layer *make(const gt_layer_class *type, int64_t filters, int64_t height, int64_t width,
                      const gt_conv2d_layer_options *options)
{
    conv2d self = {.filters = filters, .height = height, .width = width};
    if (options)
        self.options = *options;
    self.options.name = NULL; /* copied by the layer */
    return gt_layer_with(type, options ? options->name : NULL, &self);
}

gt_layer *gt_layer_conv2d(int64_t filters, int64_t height, int64_t width, const gt_conv2d_layer_options *options)
{
    return make(&gt_conv2d_class, filters, height, width, options);
}

/* ---- transposed ------------------------------------------------------------------------------------------------- */

/* Entries of the result along one axis, for `count` of the input. */
static gt_status stretch(const gt_layer *layer, const gt_conv2d_options *set, int axis, int64_t entries, int64_t *count)
{
    gt_window window = gt_conv2d_window(set, axis, 0, entries);
    gt_status status = gt_window_check(gt_layer_label(layer), "window", &window);
    if (status == GT_OK && *count > INT32_MAX)
        status = gt_fail(GT_ERR_SHAPE, "%s: samples %s are too large", gt_layer_label(layer),
                         gt_shape_text(&layer->input).text);
    if (status != GT_OK)
        return status;
    gt_window_stretch(&window, *count, set->padding);
    *count = window.size;
    return *count > 0 ? GT_OK
                      : gt_fail(GT_ERR_SHAPE, "%s: samples %s give no image", gt_layer_label(layer),
                                gt_shape_text(&layer->input).text);
}

static gt_status build_transpose(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    conv2d *self = gt_layer_state(layer);
    const gt_conv2d_options *set = &self->options.convolution;
    gt_status status = gt_layer_need_image(layer, input);
    if (status != GT_OK)
        return status;
    const int64_t in = input->dim[2], out = self->filters;
    output->dim[2] = out;
    if ((status = stretch(layer, set, 0, self->height, &output->dim[0])) != GT_OK ||
        (status = stretch(layer, set, 1, self->width, &output->dim[1])) != GT_OK)
        return status;
    const gt_shape shape = GT_SHAPE(self->height, self->width, out, in);
    if ((status = gt_shape_check(gt_layer_label(layer), layer->dtype, &shape)) != GT_OK)
        return status;
    const int64_t area = self->height * self->width;
    self->kernel =
        gt_layer_add_weight(layer, "kernel", shape, self->options.kernel_initializer, area * in, area * out, true);
    if (!self->kernel)
        return GT_ERR_MEMORY;
    if (self->options.no_bias)
        return GT_OK;
    self->bias = gt_layer_add_weight(layer, "bias", GT_SHAPE(out), self->options.bias_initializer, out, out, true);
    return self->bias ? GT_OK : GT_ERR_MEMORY;
}

static gt_tensor *call_transpose(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const conv2d *self = gt_layer_state(layer);
    gt_tensor *y = gt_conv2d_transpose(tape, x, self->kernel, &self->options.convolution);
    if (!self->options.no_bias)
        y = gt_add(tape, y, self->bias);
    return gt_activate(tape, self->options.activation, y);
}

const gt_layer_class gt_conv2d_transpose_class = {"Conv2DTranspose", sizeof(conv2d), build_transpose,
                                                  call_transpose,    settings,       check};

gt_layer *gt_layer_conv2d_transpose(int64_t filters, int64_t height, int64_t width,
                                    const gt_conv2d_layer_options *options)
{
    return make(&gt_conv2d_transpose_class, filters, height, width, options);
}
