/* models/sequential and model_gradcheck: adding, naming, building, counting, calling, checking gradients. */
#include "models/model.h"

#include <math.h>
#include <string.h>

#include "core/memory.h"
#include "tests/support/layers.h"
#include "tests/support/messages.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

static double count_of(const char *folder)
{
    npy_array count;
    ck_assert_msg(npy_case(folder, "count", &count), "%s", npy_message());
    double value = count.values[0];
    npy_free(&count);
    return value;
}

/* ---- adding ---------------------------------------------------------------------------------------------------- */

START_TEST(layers_are_named_as_keras_names_them)
{
    gt_model *model = gt_sequential(NULL);
    gt_layer *layers[] = {
        gt_layer_dense(2, NULL),   gt_layer_conv2d(2, 3, 3, NULL), gt_layer_dense(2, NULL), gt_layer_max_pool2d(NULL),
        gt_layer_batch_norm(NULL), gt_layer_activation(GT_RELU),   gt_layer_dropout(0.5),   gt_layer_flatten(),
        gt_layer_dense(2, NULL),   gt_layer_avg_pool2d(NULL),      gt_layer_leaky_relu(0)};
    const char *const names[] = {"dense",      "conv2d",  "dense_1", "max_pooling2d", "batch_normalization",
                                 "activation", "dropout", "flatten", "dense_2",       "average_pooling2d",
                                 "leaky_re_lu"};
    for (int i = 0; i < 11; i++) {
        ck_assert_int_eq(gt_model_add(model, layers[i]), GT_OK);
        ck_assert_str_eq(gt_layer_name(layers[i]), names[i]);
        ck_assert_ptr_eq(gt_model_layer(model, i), layers[i]);
        ck_assert_ptr_eq(gt_model_layer_named(model, names[i]), layers[i]);
    }
    ck_assert_ptr_eq(gt_model_layer(model, -1), layers[10]);
    ck_assert_ptr_null(gt_model_layer(model, 11));
    ck_assert_ptr_null(gt_model_layer(model, -12));
    ck_assert_ptr_null(gt_model_layer_named(model, "dense_3"));
    ck_assert_str_eq(gt_model_name(model), "sequential");
    gt_model_free(model);
}
END_TEST

START_TEST(weights_are_found_by_place_and_by_name)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(3)));
    gt_model_add(model, gt_layer_dense(2, NULL));
    gt_model_add(model, gt_layer_activation(GT_RELU));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    const char *const names[] = {"dense/kernel",
                                 "dense/bias",
                                 "batch_normalization/gamma",
                                 "batch_normalization/beta",
                                 "batch_normalization/moving_mean",
                                 "batch_normalization/moving_variance"};
    for (int i = 0; i < 6; i++) {
        ck_assert_str_eq(gt_tensor_name(gt_model_weight(model, i)), names[i]);
        ck_assert_ptr_eq(gt_model_weight_named(model, names[i]), gt_model_weight(model, i));
    }
    gt_layer *dense = gt_model_layer(model, 0);
    ck_assert_ptr_eq(gt_layer_weight_named(dense, "bias"), gt_model_weight(model, 1));
    ck_assert_ptr_null(gt_layer_weight_named(dense, "dense/bias"));
    ck_assert_ptr_null(gt_layer_weight_named(dense, NULL));
    ck_assert_ptr_null(gt_layer_weight_named(NULL, "bias"));
    ck_assert_ptr_null(gt_model_weight(model, 6));
    ck_assert_ptr_null(gt_model_weight(model, -1));
    ck_assert_ptr_null(gt_model_weight(NULL, 0));
    ck_assert_ptr_null(gt_model_weight_named(model, "bias"));
    ck_assert_ptr_null(gt_model_weight_named(model, NULL));
    ck_assert_ptr_null(gt_model_weight_named(NULL, "dense/bias"));
    const gt_shape sample = gt_model_sample_shape(model), none = gt_model_sample_shape(NULL);
    ck_assert_str_eq(gt_shape_text(&sample).text, "(3,)");
    ck_assert_int_eq(none.rank, 0);
    gt_model_free(model);
}
END_TEST

START_TEST(a_name_that_is_taken_is_passed_over)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(2, &(gt_dense_options){.name = "dense_1"}));
    gt_model_add(model, gt_layer_dense(2, NULL));
    gt_model_add(model, gt_layer_dense(2, NULL));
    ck_assert_str_eq(gt_layer_name(gt_model_layer(model, 1)), "dense");
    ck_assert_str_eq(gt_layer_name(gt_model_layer(model, 2)), "dense_2");
    ck_assert_int_eq(gt_model_add(model, gt_layer_dense(2, &(gt_dense_options){.name = "dense"})), GT_ERR_ARGUMENT);
    assert_message("sequential: a layer named 'dense' is there already");
    gt_model_free(model);
}
END_TEST

START_TEST(a_failed_maker_is_reported_when_the_model_is_built)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(2, NULL));
    ck_assert_int_eq(gt_model_add(model, gt_layer_dropout(7)), GT_ERR_ARGUMENT);
    gt_model_add(model, gt_layer_dense(2, NULL));
    ck_assert_int_eq(gt_model_add(model, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(3)), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(),
                     "sequential: layer 1 is NULL: dropout: rate is 7, at least 0 and below 1 is expected");
    gt_model_free(model);
}
END_TEST

START_TEST(makers_without_memory_are_reported_as_such)
{
    gt_model *model = gt_sequential(NULL), *other = gt_sequential(NULL);
    gt_memory_trim();
    gt_memory_limit(1);
    gt_layer *layers[1000]; /* until the cached blocks are used up */
    int made = 0;
    while (made < 1000 && (layers[made] = gt_layer_flatten()))
        made++;
    gt_layer *layer = gt_layer_flatten();
    gt_status added = gt_model_add(model, layer);
    gt_optimizer *optimizer = gt_adam(NULL);
    gt_status compiled =
        gt_model_compile(other, &(gt_compile_options){.optimizer = optimizer, .loss = gt_mean_squared_error});
    gt_memory_limit(0);
    ck_assert_ptr_null(layer);
    ck_assert_ptr_null(optimizer);
    ck_assert_int_eq(added, GT_ERR_MEMORY);
    ck_assert_int_eq(compiled, GT_ERR_MEMORY);
    assert_message("gt_model_compile: the optimizer is NULL: out of memory");
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(1)), GT_ERR_MEMORY);
    assert_message("sequential: layer 0 is NULL: out of memory");
    while (made > 0)
        gt_layer_free(layers[--made]);
    gt_model_free(model);
    gt_model_free(other);
}
END_TEST

START_TEST(a_layer_belongs_to_one_model)
{
    gt_model *model = gt_sequential(NULL), *other = gt_sequential(NULL);
    gt_layer *layer = gt_layer_dense(2, NULL);
    ck_assert_int_eq(gt_model_add(model, layer), GT_OK);
    ck_assert_int_eq(gt_model_add(model, layer), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_add(other, layer), GT_ERR_ARGUMENT);
    assert_message("the layer 'dense' belongs to a model already");
    ck_assert_int_eq(gt_layer_set_name(layer, "mine"), GT_ERR_STATE);
    ck_assert_int_eq(gt_layer_free(layer), GT_ERR_STATE);
    assert_message("'dense' belongs to a model, which frees it");
    ck_assert_ptr_eq(gt_model_layer(model, 0), layer);
    gt_model_free(other);
    gt_model_free(model);
}
END_TEST

START_TEST(without_a_model_layers_are_freed)
{
    ck_assert_int_eq(gt_model_add(NULL, gt_layer_dense(2, NULL)), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_add(NULL, NULL), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(only_the_first_layer_can_be_an_input)
{
    gt_model *model = gt_sequential(NULL);
    ck_assert_int_eq(gt_model_add(model, gt_layer_input(GT_SHAPE(3))), GT_OK);
    ck_assert_int_eq(gt_model_layer_count(model), 0);
    ck_assert_int_eq(gt_model_add(model, gt_layer_input(GT_SHAPE(3))), GT_ERR_ARGUMENT);
    assert_message("only the first layer can be an input");
    gt_model_free(model);
}
END_TEST

/* ---- building -------------------------------------------------------------------------------------------------- */

START_TEST(parameters_are_counted_as_in_the_documents)
{
    const int64_t last = _i ? 10 : 1;
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(25, NULL));
    gt_model_add(model, gt_layer_dense(15, NULL));
    gt_model_add(model, gt_layer_dense(last, NULL));
    ck_assert_int_eq(gt_model_parameter_count(model, false), 0);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(400)), GT_OK);
    ck_assert_double_eq((double)gt_model_parameter_count(model, false),
                        count_of(_i ? "seed_cases/param_count_multi" : "seed_cases/param_count_binary"));
    gt_model_free(model);
}
END_TEST

START_TEST(the_documents_convnet_has_its_shapes_and_parameters)
{
    npy_array shapes, parameters;
    ck_assert_msg(npy_case("seed_cases/signs_convnet", "shapes", &shapes) &&
                      npy_case("seed_cases/signs_convnet", "params", &parameters),
                  "%s", npy_message());
    const gt_conv2d_layer_options same = {.no_bias = true, .convolution = {.padding = GT_PADDING_SAME}};
    const gt_pool2d_options by_8 = {.window = {8, 8}, .padding = GT_PADDING_SAME},
                            by_4 = {.window = {4, 4}, .padding = GT_PADDING_SAME};
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(64, 64, 3)));
    gt_model_add(model, gt_layer_conv2d(8, 4, 4, &same));
    gt_model_add(model, gt_layer_max_pool2d(&by_8));
    gt_model_add(model, gt_layer_conv2d(16, 2, 2, &same));
    gt_model_add(model, gt_layer_max_pool2d(&by_4));
    for (int i = 0; i < 4; i++) {
        const double *dim = shapes.values + 3 * i;
        assert_shape(gt_layer_output_shape(gt_model_layer(model, i)),
                     GT_SHAPE((int64_t)dim[0], (int64_t)dim[1], (int64_t)dim[2]));
    }
    gt_model_add(model, gt_layer_flatten());
    gt_model_add(model, gt_layer_dense(6, NULL));
    ck_assert_double_eq((double)gt_model_parameter_count(model, true),
                        parameters.values[0] + parameters.values[1] + parameters.values[2]);
    gt_model_free(model);
    npy_free(&shapes);
    npy_free(&parameters);
}
END_TEST

/* The weights of a model of two dense layers, built in one of three ways. */
static gt_model *built_model(int way, uint64_t seed)
{
    gt_model *model = gt_sequential(&(gt_model_options){.seed = seed});
    if (way == 0)
        gt_model_add(model, gt_layer_input(GT_SHAPE(3)));
    gt_model_add(model, gt_layer_dense(4, NULL));
    gt_model_add(model, gt_layer_dense(2, NULL));
    if (way == 1)
        gt_model_build(model, GT_SHAPE(3));
    if (way == 2) {
        gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(1, 3));
        gt_tape *tape = gt_tape_new(GT_CPU);
        ck_assert_ptr_nonnull(gt_model_call(model, tape, x, false));
        gt_tape_free(tape);
        gt_tensor_free(x);
    }
    return model;
}

START_TEST(weights_do_not_depend_on_how_a_model_was_built)
{
    gt_model *first = built_model(0, 5), *other = built_model(_i, 5), *seeded = built_model(0, 6);
    gt_tensor *weights[4], *same[4], *different[4];
    ck_assert_int_eq(gt_model_weights(first, 4, weights), 4);
    ck_assert_int_eq(gt_model_weights(other, 4, same), 4);
    gt_model_weights(seeded, 4, different);
    ck_assert_mem_eq(gt_tensor_data(weights[0]), gt_tensor_data(same[0]), 12 * sizeof(float));
    ck_assert_mem_eq(gt_tensor_data(weights[2]), gt_tensor_data(same[2]), 8 * sizeof(float));
    ck_assert_mem_ne(gt_tensor_data(weights[0]), gt_tensor_data(different[0]), 12 * sizeof(float));
    gt_model_free(first);
    gt_model_free(other);
    gt_model_free(seeded);
}
END_TEST

START_TEST(a_model_is_built_for_one_shape)
{
    gt_model *model = built_model(1, 0);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(3)), GT_OK);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(4)), GT_ERR_STATE);
    assert_message("sequential: the model was built before, for samples (3,); (4,) was asked for");
    gt_model_free(model);
}
END_TEST

START_TEST(a_failed_build_can_be_followed_by_another)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(4, NULL));
    gt_model_add(model, gt_layer_conv2d(2, 3, 3, NULL));
    gt_model_add(model, gt_layer_flatten());
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(9)), GT_ERR_SHAPE);
    assert_message("conv2d: samples (4,): images");
    ck_assert_int_eq(gt_model_weights(model, 0, NULL), 0);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(9, 9, 1)), GT_OK);
    ck_assert_int_eq(gt_model_weights(model, 0, NULL), 4);
    gt_model_free(model);
}
END_TEST

START_TEST(after_an_input_a_layer_that_does_not_fit_fails_when_added)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(784)));
    ck_assert_int_eq(gt_model_add(model, gt_layer_conv2d(2, 3, 3, NULL)), GT_ERR_SHAPE);
    assert_message("conv2d: samples (784,): images");
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(784)), GT_ERR_SHAPE);
    gt_model_free(model);
}
END_TEST

START_TEST(a_model_without_layers_cannot_be_built)
{
    gt_model *model = gt_sequential(NULL);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(3)), GT_ERR_STATE);
    assert_message("sequential: the model has no layers");
    gt_model_free(model);
}
END_TEST

START_TEST(a_layer_that_came_built_keeps_its_weights)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = gt_layer_dense(2, NULL);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(3), GT_FLOAT32, &random), GT_OK);
    const gt_tensor *kernel = gt_layer_weight(layer, 0);
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, layer);
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(4)), GT_ERR_SHAPE);
    assert_message("dense: the layer was built for samples (3,), here they are (4,)");
    ck_assert_int_eq(gt_model_build(model, GT_SHAPE(3)), GT_OK);
    ck_assert_ptr_eq(gt_layer_weight(layer, 0), kernel);
    gt_model_free(model);
}
END_TEST

START_TEST(frozen_weights_are_not_among_the_trainable)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_input(GT_SHAPE(3)));
    gt_model_add(model, gt_layer_dense(4, NULL));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_layer_set_trainable(gt_model_layer(model, 0), false);
    gt_tensor *weights[2];
    ck_assert_int_eq(gt_model_trainable_weights(model, 1, weights), 2);
    ck_assert_str_eq(gt_tensor_name(weights[0]), "batch_normalization/gamma");
    ck_assert_int_eq(gt_model_parameter_count(model, true), 8);
    ck_assert_int_eq(gt_model_parameter_count(model, false), 32);
    ck_assert_int_eq(gt_model_weights(model, 100, NULL), gt_model_weights(model, 0, NULL));
    gt_model_free(model);
}
END_TEST

START_TEST(null_models_are_harmless)
{
    gt_model_free(NULL);
    ck_assert_int_eq(gt_model_layer_count(NULL), 0);
    ck_assert_ptr_null(gt_model_layer(NULL, 0));
    ck_assert_ptr_null(gt_model_layer_named(NULL, "x"));
    ck_assert_str_eq(gt_model_name(NULL), "");
    ck_assert_int_eq(gt_model_weights(NULL, 0, NULL), 0);
    ck_assert_int_eq(gt_model_parameter_count(NULL, false), 0);
    ck_assert_int_eq(gt_model_build(NULL, GT_SHAPE(1)), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_model_call(NULL, NULL, NULL, false));
    ck_assert_ptr_null(gt_model_tape(NULL));
    ck_assert_ptr_null(gt_model_optimizer(NULL));
    ck_assert_int_eq(gt_model_history_count(NULL), 0);
    ck_assert_ptr_null(gt_model_history_name(NULL, 0));
    ck_assert_ptr_null(gt_model_history(NULL, "loss", NULL));
    ck_assert_ptr_null(gt_sequential(&(gt_model_options){.dtype = GT_INT32}));
    ck_assert_ptr_null(gt_sequential(&(gt_model_options){.name = ""}));
}
END_TEST

/* ---- calling --------------------------------------------------------------------------------------------------- */

START_TEST(a_call_runs_the_layers_one_behind_the_other)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64});
    gt_model_add(model, gt_layer_input(GT_SHAPE(1)));
    gt_model_add(model, gt_layer_dense(1, NULL));
    gt_model_add(model, gt_layer_activation(GT_RELU));
    gt_tensor_write(gt_layer_weight(gt_model_layer(model, 0), 0), &(double){-3}, sizeof(double));
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 1), (const double[]){-1, 1});
    gt_tensor *y = gt_model_call(model, tape, x, false);
    ck_assert_double_eq(gt_tensor_at(y, 0), 3);
    ck_assert_double_eq(gt_tensor_at(y, 1), 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_model_free(model);
}
END_TEST

START_TEST(a_call_that_does_not_fit_is_an_error_of_the_tape)
{
    gt_model *model = built_model(1, 0);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *bytes = gt_tensor_new(GT_UINT8, GT_SHAPE(2, 3)), *wide = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2, 5));
    ck_assert_ptr_null(gt_model_call(model, tape, bytes, false));
    ck_assert_str_eq(gt_tape_message(tape),
                     "gt_model_call: x is uint8, the model 'sequential' float32: convert it first (gt_cast)");
    gt_tape_reset(tape);
    ck_assert_ptr_null(gt_model_call(model, tape, wide, false));
    ck_assert_str_eq(gt_tape_message(tape),
                     "gt_model_call: x is (2, 5), the model 'sequential' was built for samples (3,)");
    gt_tape_free(tape);
    gt_tensor_free(bytes);
    gt_tensor_free(wide);
    gt_model_free(model);
}
END_TEST

START_TEST(a_model_that_does_nothing_returns_a_copy)
{
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dropout(0.5));
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2, 3)), *y = gt_model_call(model, tape, x, false);
    ck_assert_ptr_nonnull(y);
    ck_assert_ptr_ne(y, x);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_model_free(model);
}
END_TEST

/* ---- gradients ------------------------------------------------------------------------------------------------- */

/* Every layer that has a gradient, on images of 4 x 4. */
static gt_model *small_convnet(gt_dtype dtype)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = dtype, .seed = 1});
    gt_model_add(model, gt_layer_input(GT_SHAPE(4, 4, 1)));
    gt_model_add(model, gt_layer_conv2d(2, 3, 3, &(gt_conv2d_layer_options){.convolution.padding = GT_PADDING_SAME}));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_model_add(model, gt_layer_activation(GT_TANH));
    gt_model_add(model, gt_layer_avg_pool2d(NULL));
    gt_model_add(model, gt_layer_flatten());
    gt_model_add(model, gt_layer_dropout(0.25));
    gt_model_add(model, gt_layer_dense(3, NULL));
    return model;
}

static gt_tensor *noise(gt_dtype dtype, gt_shape shape)
{
    gt_random random = gt_random_new(3, 0);
    gt_tensor *tensor = gt_tensor_new(dtype, shape);
    ck_assert_int_eq(gt_random_normal(&random, dtype, gt_tensor_size(tensor), 0, 1, gt_tensor_data_write(tensor)),
                     GT_OK);
    return tensor;
}

START_TEST(gradients_of_a_whole_model_are_checked)
{
    gt_model *model = small_convnet(GT_FLOAT64);
    gt_tensor *x = noise(GT_FLOAT64, GT_SHAPE(3, 4, 4, 1));
    gt_tensor *y = gt_tensor_from(GT_INT32, GT_SHAPE(3), (const int32_t[]){0, 2, 1});
    gt_tensor *weights[8];
    ck_assert_int_eq(gt_model_weights(model, 8, weights), 8);
    gt_tensor *before[8];
    for (int i = 0; i < 8; i++)
        before[i] = gt_tensor_copy(weights[i]);
    gt_gradcheck_report report;
    const bool training = _i;
    ck_assert_msg(gt_model_gradcheck(model, x, y, gt_softmax_cross_entropy, training, &report) == GT_OK, "%s",
                  report.message);
    /* 3 x 3 x 1 x 2 + 2, gamma and beta, 8 x 3 + 3 */
    ck_assert_int_eq(report.compared + report.skipped, 18 + 2 + 4 + 27);
    for (int i = 0; i < 8; i++) {
        size_t bytes = (size_t)gt_tensor_size(weights[i]) * sizeof(double);
        ck_assert_mem_eq(gt_tensor_data(weights[i]), gt_tensor_data(before[i]), bytes);
        gt_tensor_free(before[i]);
    }
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

/* A layer that computes x^2 and claims a slope of x. */
static gt_tensor *wrong_square(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)training;
    return gt_mul(tape, x, gt_stop_gradient(tape, x));
}

START_TEST(a_wrong_gradient_is_found)
{
    static const gt_layer_class wrong_class = {.type = "Wrong", .call = wrong_square};
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64, .name = "mistaken"});
    gt_model_add(model, gt_layer_dense(2, NULL));
    gt_model_add(model, gt_layer_new(&wrong_class, NULL));
    gt_tensor *x = noise(GT_FLOAT64, GT_SHAPE(3, 2)), *y = gt_tensor_new(GT_FLOAT64, GT_SHAPE(3, 2));
    gt_gradcheck_report report;
    ck_assert_int_eq(gt_model_gradcheck(model, x, y, gt_mean_squared_error, true, &report), GT_ERR_GRADIENT);
    ck_assert_msg(strstr(report.message, "mistaken: input 0 (2, 2)") != NULL, "%s", report.message);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

START_TEST(models_that_cannot_be_checked_say_why)
{
    gt_model *single = small_convnet(GT_FLOAT32);
    gt_tensor *x = noise(GT_FLOAT32, GT_SHAPE(3, 4, 4, 1)), *y = gt_tensor_new(GT_INT32, GT_SHAPE(3));
    gt_gradcheck_report report;
    ck_assert_int_eq(gt_model_gradcheck(single, x, y, gt_softmax_cross_entropy, false, &report), GT_ERR_DTYPE);
    ck_assert_ptr_nonnull(strstr(report.message, "gradients are checked in float64"));
    ck_assert_int_eq(gt_model_gradcheck(NULL, x, y, gt_softmax_cross_entropy, false, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_gradcheck(single, x, y, NULL, false, NULL), GT_ERR_ARGUMENT);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(single);
}
END_TEST

int main(void)
{
    return run_suite("model", (const suite_test[]){
                                  TEST(layers_are_named_as_keras_names_them),
                                  TEST(weights_are_found_by_place_and_by_name),
                                  TEST(a_name_that_is_taken_is_passed_over),
                                  TEST(a_failed_maker_is_reported_when_the_model_is_built),
                                  TEST(makers_without_memory_are_reported_as_such),
                                  TEST(makers_without_memory_are_reported_as_such),
                                  TEST(a_layer_belongs_to_one_model),
                                  TEST(without_a_model_layers_are_freed),
                                  TEST(only_the_first_layer_can_be_an_input),
                                  LOOP_TEST(parameters_are_counted_as_in_the_documents, 2),
                                  TEST(the_documents_convnet_has_its_shapes_and_parameters),
                                  LOOP_TEST(weights_do_not_depend_on_how_a_model_was_built, 3),
                                  TEST(a_model_is_built_for_one_shape),
                                  TEST(a_failed_build_can_be_followed_by_another),
                                  TEST(after_an_input_a_layer_that_does_not_fit_fails_when_added),
                                  TEST(a_model_without_layers_cannot_be_built),
                                  TEST(a_layer_that_came_built_keeps_its_weights),
                                  TEST(frozen_weights_are_not_among_the_trainable),
                                  TEST(null_models_are_harmless),
                                  TEST(a_call_runs_the_layers_one_behind_the_other),
                                  TEST(a_call_that_does_not_fit_is_an_error_of_the_tape),
                                  TEST(a_model_that_does_nothing_returns_a_copy),
                                  LOOP_TEST(gradients_of_a_whole_model_are_checked, 2),
                                  TEST(a_wrong_gradient_is_found),
                                  TEST(models_that_cannot_be_checked_say_why),
                                  END_OF_TESTS,
                              });
}
