/* models/torch_weights: networks that PyTorch trained give its predictions here. tests/torch_weights has the files. */
#include <stdio.h>
#include <string.h>

#include "models/saving.h"
#include "tests/support/models.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

#ifdef GT_HAVE_JANSSON

static const gt_weights_options torch = {.form = GT_WEIGHTS_TORCH};

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/torch_weights/%s", TEST_DATA, name);
    return path;
}

static void assert_predicts(gt_model *model, const char *name)
{
    char file[64];
    snprintf(file, sizeof file, "%s_x.npy", name);
    gt_tensor *x = gt_npy_read(path_of(file));
    snprintf(file, sizeof file, "%s_y.npy", name);
    gt_tensor *expected = gt_npy_read(path_of(file));
    ck_assert_msg(x && expected, "%s", gt_last_error());
    gt_tensor *y = gt_model_predict(model, x, 0);
    ck_assert_msg(y != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_size(y), gt_tensor_size(expected));
    for (int64_t i = 0; i < gt_tensor_size(y); i++)
        assert_near(gt_tensor_at(y, i), gt_tensor_at(expected, i), 1e-5);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_tensor_free(expected);
}

static gt_layer *normalised(const char *name, gt_activation activation)
{
    return gt_layer_batch_norm(
        &(gt_batch_norm_options){.name = name, .activation = activation, .momentum = 0.9, .epsilon = 1e-5});
}

static gt_layer *dense(const char *name, int64_t units, gt_activation activation)
{
    return gt_layer_dense(units, &(gt_dense_options){.name = name, .activation = activation});
}

static gt_model *model_of(gt_layer *const layers[], int count)
{
    gt_model *model = gt_sequential(NULL);
    for (int i = 0; i < count; i++)
        assert_ok(gt_model_add(model, layers[i]));
    return model;
}

/* The activations stand in the layers here, and for themselves there: only modules with weights count. */
static gt_model *mlp(void)
{
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(6)), dense(NULL, 5, GT_RELU),    dense(NULL, 5, GT_RELU),
                                dense(NULL, 5, GT_TANH),     dense(NULL, 5, GT_SIGMOID), normalised(NULL, GT_RELU),
                                dense(NULL, 4, GT_SOFTMAX)};
    return model_of(layers, 7);
}

static gt_model *cnn(void)
{
    const gt_conv2d_layer_options first = {
        .name = "conv1", .convolution = {.padding = GT_PADDING_EXPLICIT, .top = 1, .bottom = 1, .left = 1, .right = 1}};
    const gt_conv2d_layer_options second = {.name = "conv2", .activation = GT_RELU, .convolution = {.stride = {2, 2}}};
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(7, 10, 2)),
                                gt_layer_conv2d(4, 3, 2, &first),
                                normalised("bn1", GT_RELU),
                                gt_layer_conv2d(5, 3, 3, &second),
                                gt_layer_flatten(),
                                normalised("bn2", GT_LINEAR),
                                gt_layer_dropout(0.5),
                                dense("fc1", 7, GT_TANH),
                                dense("fc2", 3, GT_LINEAR)};
    return model_of(layers, 9);
}

START_TEST(a_sequential_network_predicts_as_in_pytorch)
{
    gt_model *model = mlp();
    gt_weights_report report;
    assert_ok(gt_weights_load(model, path_of("mlp.safetensors"), &torch, &report));
    ck_assert_int_eq(report.loaded, 14);
    assert_predicts(model, "mlp");
    gt_model_free(model);
}
END_TEST

START_TEST(a_convolutional_network_predicts_as_in_pytorch)
{
    gt_model *model = cnn();
    assert_ok(gt_weights_load(model, path_of("cnn.safetensors"), &torch, NULL));
    assert_predicts(model, "cnn");
    gt_model_free(model);
}
END_TEST

START_TEST(names_that_fit_no_layer_are_an_error)
{
    gt_model *model = mlp();
    ck_assert_int_eq(gt_weights_load(model, path_of("cnn.safetensors"), &torch, NULL), GT_ERR_FORMAT);
    assert_message("name the layers as the modules are: ");
    assert_message("conv1");
    gt_model_free(model);
}
END_TEST

/* Every second name of a layer is known, so the others are missing, and their modules unexpected. */
START_TEST(modules_without_their_layer_are_named)
{
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(75)), dense("fc1", 7, GT_TANH), dense("last", 3, GT_LINEAR)};
    gt_model *model = model_of(layers, 3);
    gt_weights_report report;
    ck_assert_int_eq(gt_weights_load(model, path_of("cnn.safetensors"), &torch, &report), GT_ERR_FORMAT);
    ck_assert_int_eq(report.loaded, 2);
    ck_assert_int_eq(report.missing, 2);
    ck_assert_int_eq(report.unexpected, 14); /* conv1, conv2, fc2: 2 each; bn1, bn2: 4, their counts apart */
    const gt_weights_options partial = {.form = GT_WEIGHTS_TORCH, .partial = true};
    assert_ok(gt_weights_load(model, path_of("cnn.safetensors"), &partial, NULL));
    gt_model_free(model);
}
END_TEST

START_TEST(layouts_are_turned_by_the_layers_type_not_by_their_shape)
{
    /* A square Linear: y = x W^T. */
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(2)), gt_layer_dense(2, &(gt_dense_options){.no_bias = true})};
    gt_model *model = model_of(layers, 2);
    gt_archive *archive = gt_archive_new();
    gt_tensor *weight = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2), (const float[]){1, 2, 3, 4});
    assert_ok(gt_archive_add(archive, "net.0.weight", weight));
    assert_ok(gt_weights_load_from(model, archive, &torch, NULL));
    ck_assert_values(gt_model_weight(model, 0), 1, 3, 2, 4);
    assert_ok(gt_archive_add(archive, "other.1.weight", weight));
    ck_assert_int_eq(gt_weights_load_from(model, archive, &torch, NULL), GT_ERR_FORMAT);
    assert_message("they are not numbered");
    gt_archive_free(archive);
    gt_tensor_free(weight);
    gt_model_free(model);
}
END_TEST

static gt_tensor *pass_on(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)tape, (void)training;
    return x;
}

static gt_status build_scale(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    (void)output;
    return gt_layer_add_weight(layer, "scale", *input, GT_INIT_ONE, 1, 1, true) ? GT_OK : GT_ERR_MEMORY;
}

START_TEST(a_layer_that_pytorch_has_not_is_refused)
{
    const gt_layer_class own = {.type = "Own", .build = build_scale, .call = pass_on};
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(6)), gt_layer_new(&own, NULL)};
    gt_model *model = model_of(layers, 2);
    ck_assert_int_eq(gt_weights_load(model, path_of("mlp.safetensors"), &torch, NULL), GT_ERR_UNSUPPORTED);
    assert_message("own: weights of a Own cannot be taken from PyTorch");
    gt_model_free(model);
}
END_TEST

START_TEST(a_form_that_is_none_is_refused)
{
    gt_model *model = mlp();
    ck_assert_int_eq(
        gt_weights_load(model, path_of("mlp.safetensors"), &(gt_weights_options){.form = (gt_weights_form)7}, NULL),
        GT_ERR_ARGUMENT);
    gt_model_free(model);
}
END_TEST

#else

START_TEST(a_build_without_jansson_says_so)
{
    gt_model *model = line(1, 2, 0.1);
    ck_assert_int_eq(gt_weights_load(model, TEST_DATA "/torch_weights/mlp.safetensors", NULL, NULL),
                     GT_ERR_UNSUPPORTED);
    gt_model_free(model);
}
END_TEST

#endif

int main(void)
{
    return run_suite("torch_weights",
                     (const suite_test[]){
#ifdef GT_HAVE_JANSSON
                         TEST(a_sequential_network_predicts_as_in_pytorch),
                         TEST(a_convolutional_network_predicts_as_in_pytorch),
                         TEST(names_that_fit_no_layer_are_an_error), TEST(modules_without_their_layer_are_named),
                         TEST(layouts_are_turned_by_the_layers_type_not_by_their_shape),
                         TEST(a_layer_that_pytorch_has_not_is_refused), TEST(a_form_that_is_none_is_refused),
#else
                         TEST(a_build_without_jansson_says_so),
#endif
                         END_OF_TESTS});
}
