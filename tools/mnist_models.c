/* The two networks of the Beras assignment with the settings it names, and a convolutional one. The rates, epochs and
 * initializers are the assignment's or Keras'; none was chosen by its result. */
#include "tools/mnist_models.h"

static gt_layer *dense(int64_t units, gt_activation activation, gt_initializer kernel)
{
    return gt_layer_dense(units, &(gt_dense_options){.activation = activation, .kernel_initializer = kernel});
}

static gt_layer *conv3x3(int64_t filters)
{
    return gt_layer_conv2d(filters, 3, 3, &(gt_conv2d_layer_options){.activation = GT_RELU});
}

/* Adds all; the first failure sticks in the model, so that only the last needs checking. */
static gt_status add_all(gt_model *model, int count, gt_layer *const layers[])
{
    gt_status status = GT_OK;
    for (int i = 0; i < count; i++) {
        gt_status added = gt_model_add(model, layers[i]);
        status = status == GT_OK ? added : status;
    }
    return status;
}

static gt_status simple(gt_model *model, int64_t classes)
{
    gt_layer *layers[] = {dense(classes, GT_LINEAR, GT_INIT_XAVIER)};
    return add_all(model, sizeof layers / sizeof layers[0], layers);
}

static gt_status advanced(gt_model *model, int64_t classes)
{
    gt_layer *layers[] = {
        dense(398, GT_LINEAR, GT_INIT_XAVIER),
        gt_layer_batch_norm(NULL),
        gt_layer_leaky_relu(0),
        dense(classes, GT_LINEAR, GT_INIT_XAVIER),
    };
    return add_all(model, sizeof layers / sizeof layers[0], layers);
}

static gt_status cnn(gt_model *model, int64_t classes)
{
    gt_layer *layers[] = {
        conv3x3(32),
        conv3x3(32),
        gt_layer_max_pool2d(NULL),
        gt_layer_flatten(),
        dense(128, GT_RELU, GT_INIT_DEFAULT),
        dense(classes, GT_LINEAR, GT_INIT_DEFAULT),
    };
    return add_all(model, sizeof layers / sizeof layers[0], layers);
}

const mnist_model mnist_models[] = {
    {"simple", false, simple, "rmsprop", 0.02, 10, 85},
    {"advanced", false, advanced, "rmsprop", 0.02, 12, 95},
    {"cnn", true, cnn, "adam", 0.001, 3, 0},
};
