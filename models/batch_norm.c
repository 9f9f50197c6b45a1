/* BatchNormalization, with an activation behind it: by the batch's mean and variance in training, by their moving
 * averages otherwise, and always where the layer is not trainable (as Keras since 2.0). */
#include <math.h>

#include "models/layer_classes.h"
#include "models/layer_internal.h"
#include "ops/attributes.h"
#include "ops/updates.h"

typedef struct batch_norm {
    gt_batch_norm_options options;
    gt_tensor *gamma, *beta, *mean, *variance; /* the layer's weights */
} batch_norm;

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    (void)output;
    batch_norm *self = gt_layer_state(layer);
    if (input->rank < 1)
        return gt_fail(GT_ERR_SHAPE, "%s: samples are single numbers: (channels) is expected", gt_layer_label(layer));
    const gt_shape channels = GT_SHAPE(input->dim[input->rank - 1]);
    const struct {
        gt_tensor **weight;
        const char *name;
        gt_initializer initializer;
        bool trainable;
    } weights[] = {
        {&self->gamma, "gamma", GT_INIT_ONE, true},
        {&self->beta, "beta", GT_INIT_ZERO, true},
        {&self->mean, "moving_mean", GT_INIT_ZERO, false},
        {&self->variance, "moving_variance", GT_INIT_ONE, false},
    };
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        *weights[i].weight = gt_layer_add_weight(layer, weights[i].name, channels, weights[i].initializer,
                                                 channels.dim[0], channels.dim[0], weights[i].trainable);
        if (!*weights[i].weight)
            return GT_ERR_MEMORY;
    }
    return GT_OK;
}

/* Both averages move, or neither. */
static gt_status move_averages(const batch_norm *self, gt_tensor *mean, gt_tensor *variance)
{
    const double momentum = self->options.momentum;
    const gt_momentum_attributes attributes = {momentum};
    gt_status status =
        gt_run_check(&gt_op_moving_average_update, (gt_tensor *[]){self->variance, variance}, 2, &attributes);
    if (status == GT_OK)
        status = gt_moving_average_update(self->mean, mean, momentum);
    return status == GT_OK ? gt_moving_average_update(self->variance, variance, momentum) : status;
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    const batch_norm *self = gt_layer_state(layer);
    const double epsilon = self->options.epsilon;
    const gt_activation activation = self->options.activation;
    gt_tensor *const gamma = self->gamma, *const beta = self->beta;
    if (!training || !gt_layer_trainable(layer))
        return gt_activate(tape, activation,
                           gt_batch_norm_inference(tape, x, gamma, beta, self->mean, self->variance, epsilon));
    gt_tensor *mean, *variance;
    gt_tensor *y = activation == GT_RELU ? gt_batch_norm_relu(tape, x, gamma, beta, epsilon, &mean, &variance)
                                         : gt_batch_norm(tape, x, gamma, beta, epsilon, &mean, &variance);
    const gt_status status = y ? move_averages(self, mean, variance) : GT_OK;
    if (status != GT_OK)
        return gt_tape_fail(tape, status, "%s: %s", gt_layer_label(layer), gt_last_error());
    return activation == GT_RELU ? y : gt_activate(tape, activation, y);
}

static gt_status check(void *state)
{
    gt_batch_norm_options *options = &((batch_norm *)state)->options;
    if (options->momentum == 0)
        options->momentum = 0.99;
    if (options->epsilon == 0)
        options->epsilon = 1e-3;
    if (!(options->momentum > 0 && options->momentum < 1))
        return gt_fail(GT_ERR_ARGUMENT, "batch_normalization: momentum is %g, above 0 and below 1 is expected",
                       options->momentum);
    if (!(options->epsilon > 0 && isfinite(options->epsilon)))
        return gt_fail(GT_ERR_ARGUMENT, "batch_normalization: epsilon is %g, a positive number is expected",
                       options->epsilon);
    return gt_activation_check("batch_normalization", options->activation);
}

static const gt_setting settings[] = {
    GT_SETTING_OF("activation", batch_norm, options.activation, gt_activation_choice),
    GT_SETTING("momentum", GT_SETTING_REAL, batch_norm, options.momentum),
    GT_SETTING("epsilon", GT_SETTING_REAL, batch_norm, options.epsilon),
    {.name = NULL},
};

const gt_layer_class gt_batch_norm_class = {"BatchNormalization", sizeof(batch_norm), build, call, settings, check};

gt_layer *gt_layer_batch_norm(const gt_batch_norm_options *options)
{
    batch_norm self = {.options = options ? *options : (gt_batch_norm_options){0}};
    self.options.name = NULL; /* copied by the layer */
    return gt_layer_with(&gt_batch_norm_class, options ? options->name : NULL, &self);
}
