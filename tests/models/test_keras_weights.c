/* models/keras_weights: networks that Keras saved give its predictions here. tests/keras_weights has the files. */
#include <stdio.h>

#include "models/saving.h"
#include "tests/support/models.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

#ifdef GT_HAVE_HDF5

static const gt_weights_options keras = {.form = GT_WEIGHTS_KERAS};

static const char *path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/keras_weights/%s", TEST_DATA, name);
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

static gt_model *model_of(gt_layer *const layers[], int count)
{
    gt_model *model = gt_sequential(NULL);
    for (int i = 0; i < count; i++)
        assert_ok(gt_model_add(model, layers[i]));
    return model;
}

/* As make_keras_weights.py has it; one activation is a layer of its own, which has no weights. */
static gt_model *cnn(void)
{
    const gt_conv2d_layer_options same = {.activation = GT_RELU, .convolution = {.padding = GT_PADDING_SAME}};
    const gt_conv2d_layer_options strided = {.convolution = {.stride = {2, 2}}};
    gt_layer *const layers[] = {
        gt_layer_input(GT_SHAPE(7, 9, 2)),
        gt_layer_conv2d(4, 3, 2, &same),
        gt_layer_batch_norm(NULL),
        gt_layer_depthwise_conv2d(3, 3, &(gt_depthwise_conv2d_layer_options){.multiplier = 2}),
        gt_layer_dropout(0.5),
        gt_layer_conv2d_transpose(3, 2, 2, &strided),
        gt_layer_conv2d(2, 3, 3, &strided),
        gt_layer_flatten(),
        gt_layer_dense(5, NULL),
        gt_layer_activation(GT_TANH),
        gt_layer_layer_norm(NULL),
        gt_layer_dense(5, &(gt_dense_options){.no_bias = true}),
        gt_layer_dense(3, &(gt_dense_options){.activation = GT_SOFTMAX}),
    };
    return model_of(layers, sizeof layers / sizeof *layers);
}

static const char *const files[] = {"cnn.weights.h5", "cnn.h5", "cnn_2.h5"};

START_TEST(a_convolutional_network_predicts_as_in_keras)
{
    gt_model *model = cnn();
    gt_weights_report report;
    gt_status status = gt_weights_load(model, path_of(files[_i]), &keras, &report);
    ck_assert_msg(status == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(report.loaded, 19);
    ck_assert_int_eq(report.missing + report.unexpected + report.misshapen, 0);
    assert_predicts(model, "cnn");
    gt_model_free(model);
}
END_TEST

START_TEST(an_embedding_predicts_as_in_keras)
{
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(4)), gt_layer_embedding(6, 3, "table"), gt_layer_flatten(),
                                gt_layer_dense(2, NULL)};
    gt_model *model = model_of(layers, 4);
    assert_ok(gt_weights_load(model, path_of("words.weights.h5"), &keras, NULL));
    assert_predicts(model, "words");
    gt_model_free(model);
}
END_TEST

/* Both files begin with convolutions, so a Dense finds nothing of its own in the older form, and another's shape in the
 * newer one. */
START_TEST(another_network_is_refused_with_names)
{
    gt_model *model = line(3, 2, 0.1);
    gt_weights_report report;
    ck_assert_int_eq(gt_weights_load(model, path_of("cnn.weights.h5"), &keras, &report), GT_ERR_FORMAT);
    assert_message("cnn.weights.h5");
    assert_message("misshapen 'layers/dense/vars/0': float32 (48, 5), ");
    ck_assert_int_eq(report.unexpected, 17);
    ck_assert_int_eq(gt_weights_load(model, path_of("cnn_2.h5"), &keras, &report), GT_ERR_FORMAT);
    assert_message("misshapen 'conv2d_4/conv2d_4/kernel:0': float32 (3, 2, 2, 4), ");
    gt_model_free(model);
}
END_TEST

START_TEST(layers_that_the_file_has_not_are_missing)
{
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(4)), gt_layer_embedding(6, 3, NULL), gt_layer_flatten(),
                                gt_layer_dense(2, NULL), gt_layer_dense(1, NULL)};
    gt_model *model = model_of(layers, 5);
    gt_weights_report report;
    ck_assert_int_eq(gt_weights_load(model, path_of("words.weights.h5"), &keras, &report), GT_ERR_FORMAT);
    ck_assert_int_eq(report.loaded, 3);
    ck_assert_int_eq(report.missing, 2);
    assert_message("missing 'dense_1/kernel' (2, 1)");
    const gt_weights_options partial = {.form = GT_WEIGHTS_KERAS, .partial = true};
    assert_ok(gt_weights_load(model, path_of("words.weights.h5"), &partial, NULL));
    gt_model_free(model);
}
END_TEST

/* By the layers' names, where nobody says in which order they are. */
START_TEST(without_an_order_names_are_looked_for)
{
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(2)),
                                gt_layer_dense(2, &(gt_dense_options){.name = "last", .no_bias = true})};
    gt_model *model = model_of(layers, 2);
    gt_archive *archive = gt_archive_new();
    gt_tensor *kernel = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2), (const float[]){1, 2, 3, 4});
    gt_tensor *other = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2), (const float[]){5, 6, 7, 8});
    assert_ok(gt_archive_add(archive, "model_weights/last/last/kernel:0", kernel));
    assert_ok(gt_archive_add(archive, "optimizer_weights/training/last/kernel/m:0", other));
    assert_ok(gt_weights_load_from(model, archive, &keras, NULL));
    ck_assert_values(gt_model_weight(model, 0), 1, 2, 3, 4);
    gt_archive_set_text(archive, "model_weights/layer_names", "nothing\nfirst\nlast");
    assert_ok(gt_archive_add(archive, "model_weights/first/first/kernel:0", other));
    ck_assert_int_eq(gt_weights_load_from(model, archive, &keras, NULL), GT_ERR_FORMAT);
    assert_message("unexpected 'model_weights/last/last/kernel:0'");
    gt_archive_free(archive);
    gt_tensor_free(kernel);
    gt_tensor_free(other);
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

START_TEST(a_layer_that_keras_has_not_is_refused)
{
    const gt_layer_class own = {.type = "Own", .build = build_scale, .call = pass_on};
    gt_layer *const layers[] = {gt_layer_input(GT_SHAPE(6)), gt_layer_new(&own, NULL)};
    gt_model *model = model_of(layers, 2);
    ck_assert_int_eq(gt_weights_load(model, path_of("cnn.h5"), &keras, NULL), GT_ERR_UNSUPPORTED);
    assert_message("own: weights of a Own cannot be taken from Keras");
    gt_model_free(model);
}
END_TEST

#else

START_TEST(a_build_without_libhdf5_says_so)
{
    gt_model *model = line(1, 2, 0.1);
    ck_assert_int_eq(gt_weights_load(model, TEST_DATA "/keras_weights/cnn.h5", NULL, NULL), GT_ERR_UNSUPPORTED);
    gt_model_free(model);
}
END_TEST

#endif

int main(void)
{
    return run_suite("keras_weights",
                     (const suite_test[]){
#ifdef GT_HAVE_HDF5
                         LOOP_TEST(a_convolutional_network_predicts_as_in_keras, sizeof files / sizeof *files),
                         TEST(an_embedding_predicts_as_in_keras), TEST(another_network_is_refused_with_names),
                         TEST(layers_that_the_file_has_not_are_missing), TEST(without_an_order_names_are_looked_for),
                         TEST(a_layer_that_keras_has_not_is_refused),
#else
                         TEST(a_build_without_libhdf5_says_so),
#endif
                         END_OF_TESTS});
}
