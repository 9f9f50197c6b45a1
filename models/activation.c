/* Activations: by name for the layers that apply one, and as layers of their own. */
#include <math.h>

#include "models/layer_classes.h"
#include "models/layer_internal.h"

#define LEAKY_RELU_ALPHA 0.3

const char *gt_activation_name(gt_activation activation)
{
    switch (activation) {
    case GT_LINEAR:
        return "linear";
    case GT_RELU:
        return "relu";
    case GT_LEAKY_RELU:
        return "leaky_relu";
    case GT_SIGMOID:
        return "sigmoid";
    case GT_TANH:
        return "tanh";
    case GT_SOFTMAX:
        return "softmax";
    case GT_ELU:
        return "elu";
    case GT_GELU:
        return "gelu";
    case GT_GELU_TANH:
        return "gelu_tanh";
    case GT_SILU:
        return "silu";
    case GT_SOFTPLUS:
        return "softplus";
    }
    return "unknown activation";
}

const char *gt_activation_choice(int value)
{
    return value >= GT_LINEAR && value <= GT_SOFTPLUS ? gt_activation_name((gt_activation)value) : NULL;
}

gt_status gt_activation_check(const char *who, gt_activation activation)
{
    if ((int)activation >= GT_LINEAR && (int)activation <= GT_SOFTPLUS)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: there is no activation %d", who, (int)activation);
}

gt_tensor *gt_activate(gt_tape *tape, gt_activation activation, gt_tensor *x)
{
    switch (activation) {
    case GT_LINEAR:
        return x ? x : gt_tape_fail(tape, GT_ERR_ARGUMENT, "gt_activate: the input is NULL");
    case GT_RELU:
        return gt_relu(tape, x);
    case GT_LEAKY_RELU:
        return gt_leaky_relu(tape, x, LEAKY_RELU_ALPHA);
    case GT_SIGMOID:
        return gt_sigmoid(tape, x);
    case GT_TANH:
        return gt_tanh(tape, x);
    case GT_SOFTMAX:
        return gt_softmax(tape, x, -1);
    case GT_ELU:
        return gt_elu(tape, x, 1);
    case GT_GELU:
        return gt_gelu(tape, x);
    case GT_GELU_TANH:
        return gt_gelu_tanh(tape, x);
    case GT_SILU:
        return gt_silu(tape, x);
    case GT_SOFTPLUS:
        return gt_softplus(tape, x);
    }
    return gt_tape_fail(tape, GT_ERR_ARGUMENT, "gt_activate: there is no activation %d", (int)activation);
}

static gt_tensor *call(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const gt_activation *activation = gt_layer_state(layer);
    return gt_activate(tape, *activation, x);
}

static gt_status check(void *state)
{
    return gt_activation_check("activation", *(const gt_activation *)state);
}

static const gt_setting settings[] = {
    {.name = "activation", .type = GT_SETTING_CHOICE, .count = 1, .choice = gt_activation_choice},
    {.name = NULL},
};

const gt_layer_class gt_activation_class = {"Activation", sizeof(gt_activation), NULL, call, settings, check};

gt_layer *gt_layer_activation(gt_activation activation)
{
    return gt_layer_with(&gt_activation_class, NULL, &activation);
}

static gt_tensor *call_leaky_relu(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const double *alpha = gt_layer_state(layer);
    return gt_leaky_relu(tape, x, *alpha);
}

static gt_status check_alpha(const char *who, double alpha)
{
    return isfinite(alpha) ? GT_OK
                           : gt_fail(GT_ERR_ARGUMENT, "%s: alpha is %g, a finite number is expected", who, alpha);
}

static gt_status check_leaky_relu(void *state)
{
    return check_alpha("leaky_re_lu", *(const double *)state);
}

static const gt_setting alpha_settings[] = {
    {.name = "alpha", .type = GT_SETTING_REAL, .count = 1},
    {.name = NULL},
};

const gt_layer_class gt_leaky_relu_class = {"LeakyReLU",     sizeof(double), NULL,
                                            call_leaky_relu, alpha_settings, check_leaky_relu};

gt_layer *gt_layer_leaky_relu(double alpha)
{
    return gt_layer_with(&gt_leaky_relu_class, NULL, &alpha);
}

static gt_tensor *call_elu(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    const double *alpha = gt_layer_state(layer);
    return gt_elu(tape, x, *alpha);
}

static gt_status check_elu(void *state)
{
    return check_alpha("elu", *(const double *)state);
}

const gt_layer_class gt_elu_class = {"ELU", sizeof(double), NULL, call_elu, alpha_settings, check_elu};

gt_layer *gt_layer_elu(double alpha)
{
    return gt_layer_with(&gt_elu_class, NULL, &alpha);
}
