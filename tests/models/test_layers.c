/* models/dense, conv2d, batch_norm and the other layers: shapes, and values by hand and of the documents. */
#include <math.h>
#include <string.h>

#include "tests/support/layers.h"
#include "tests/support/messages.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

START_TEST(dense_is_the_documents_layer)
{
    npy_array x, w, b, a;
    ck_assert_msg(npy_case("seed_cases/dense_batch4", "X", &x) && npy_case("seed_cases/dense_batch4", "W", &w) &&
                      npy_case("seed_cases/dense_batch4", "b", &b) && npy_case("seed_cases/dense_batch4", "A", &a),
                  "%s", npy_message());
    gt_layer *layer = built(gt_layer_dense(3, &(gt_dense_options){.activation = GT_SIGMOID}), GT_SHAPE(2));
    set_weight(layer, 0, w.values, 6);
    set_weight(layer, 1, b.values, 3);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *input = numbers(GT_SHAPE(4, 2), x.values);
    assert_values(gt_layer_call(layer, tape, input, true), 12, a.values, 1e-12);
    gt_tape_free(tape);
    gt_tensor_free(input);
    gt_layer_free(layer);
    npy_free(&x);
    npy_free(&w);
    npy_free(&b);
    npy_free(&a);
}
END_TEST

START_TEST(dense_without_bias_has_one_weight)
{
    gt_layer *layer = built(gt_layer_dense(2, &(gt_dense_options){.no_bias = true}), GT_SHAPE(2));
    ck_assert_int_eq(gt_layer_weight_count(layer), 1);
    set_weight(layer, 0, (const double[]){1, 2, 3, 4}, 4);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = numbers(GT_SHAPE(1, 2), (const double[]){1, 10});
    assert_values(gt_layer_call(layer, tape, x, false), 2, (const double[]){31, 42}, 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(activations_are_what_their_names_say)
{
    const double x = -1, e = exp(-1);
    const struct {
        gt_activation activation;
        const char *name;
        double y;
    } cases[] = {
        {GT_LINEAR, "linear", x},
        {GT_RELU, "relu", 0},
        {GT_LEAKY_RELU, "leaky_relu", -0.3},
        {GT_SIGMOID, "sigmoid", e / (1 + e)},
        {GT_TANH, "tanh", tanh(x)},
        {GT_SOFTMAX, "softmax", 1},
    };
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *input = numbers(GT_SHAPE(1, 1), &x);
    for (int i = 0; i < 6; i++) {
        gt_layer *layer = gt_layer_activation(cases[i].activation);
        ck_assert_str_eq(gt_activation_name(cases[i].activation), cases[i].name);
        assert_values(gt_layer_call(layer, tape, input, true), 1, &cases[i].y, 1e-15);
        gt_layer_free(layer);
    }
    gt_tape_free(tape);
    gt_tensor_free(input);
}
END_TEST

START_TEST(activating_nothing_is_an_error)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_ptr_null(gt_activate(tape, GT_LINEAR, NULL));
    ck_assert_str_eq(gt_tape_message(tape), "gt_activate: the input is NULL");
    gt_tape_free(tape);
}
END_TEST

START_TEST(leaky_relu_of_alpha_0_is_relu)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = numbers(GT_SHAPE(1, 3), (const double[]){-2, 0, 3});
    gt_layer *relu = gt_layer_leaky_relu(0), *leaky = gt_layer_leaky_relu(0.5);
    assert_values(gt_layer_call(relu, tape, x, true), 3, (const double[]){0, 0, 3}, 0);
    assert_values(gt_layer_call(leaky, tape, x, true), 3, (const double[]){-1, 0, 3}, 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(relu);
    gt_layer_free(leaky);
}
END_TEST

START_TEST(a_layer_that_does_nothing_still_returns_a_tensor_of_the_tape)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = numbers(GT_SHAPE(1, 2), (const double[]){1, 2});
    gt_layer *layer = gt_layer_dropout(0.5);
    gt_tensor *y = gt_layer_call(layer, tape, x, false);
    ck_assert_ptr_ne(y, x);
    assert_values(y, 2, (const double[]){1, 2}, 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(dropout_zeroes_some_entries_in_training_and_scales_the_rest)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(1, 1000));
    double *values = gt_tensor_data_write(x);
    for (int i = 0; i < 1000; i++)
        values[i] = 1;
    gt_layer *layer = gt_layer_dropout(0.25);
    gt_tensor *y = gt_layer_call(layer, tape, x, true);
    int zeros = 0;
    for (int i = 0; i < 1000; i++) {
        zeros += gt_tensor_at(y, i) == 0;
        ck_assert(gt_tensor_at(y, i) == 0 || fabs(gt_tensor_at(y, i) - 4. / 3) < 1e-15);
    }
    ck_assert_int_gt(zeros, 250 - 5 * 14); /* a deviation is sqrt(1000 0.25 0.75) = 13.7 */
    ck_assert_int_lt(zeros, 250 + 5 * 14);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(flatten_keeps_the_batch_axis)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = gt_layer_flatten();
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(5, 2, 3, 4)),
              *none = gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 2, 3, 4));
    assert_shape(gt_tensor_shape(gt_layer_call(layer, tape, x, false)), GT_SHAPE(5, 24));
    assert_shape(gt_tensor_shape(gt_layer_call(layer, tape, none, false)), GT_SHAPE(0, 24));
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(none);
    gt_layer_free(layer);
}
END_TEST

/* Each settings' output is what the layer said it would be, and what the op then gives. */
static const gt_conv2d_options convolutions[] = {
    {.padding = GT_PADDING_VALID}, {.stride = {2, 3}},
    {.padding = GT_PADDING_SAME},  {.padding = GT_PADDING_SAME, .stride = {2, 2}},
    {.dilation = {2, 1}},          {.padding = GT_PADDING_EXPLICIT, .top = 1, .bottom = 2, .left = 0, .right = 3},
};
static const gt_shape convolved[] = {
    {3, {7, 6, 5}}, {3, {4, 2, 5}}, {3, {9, 7, 5}}, {3, {5, 4, 5}}, {3, {5, 6, 5}}, {3, {10, 9, 5}},
};

START_TEST(conv2d_says_beforehand_what_shape_it_gives)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = gt_layer_conv2d(5, 3, 2, &(gt_conv2d_layer_options){.convolution = convolutions[_i]});
    built(layer, GT_SHAPE(9, 7, 4));
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(2, 9, 7, 4)), *y = gt_layer_call(layer, tape, x, true);
    const gt_shape *sample = &convolved[_i];
    assert_shape(gt_layer_output_shape(layer), *sample);
    assert_shape(gt_tensor_shape(y), GT_SHAPE(2, sample->dim[0], sample->dim[1], sample->dim[2]));
    assert_shape(gt_tensor_shape(gt_layer_weight(layer, 0)), GT_SHAPE(3, 2, 4, 5));
    assert_shape(gt_tensor_shape(gt_layer_weight(layer, 1)), GT_SHAPE(5));
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(conv2d_adds_its_bias_once)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = built(gt_layer_conv2d(1, 2, 2, NULL), GT_SHAPE(2, 2, 1));
    set_weight(layer, 0, (const double[]){1, 2, 3, 4}, 4);
    set_weight(layer, 1, (const double[]){100}, 1);
    gt_tensor *x = numbers(GT_SHAPE(1, 2, 2, 1), (const double[]){1, 1, 1, 2});
    assert_values(gt_layer_call(layer, tape, x, true), 1, (const double[]){1 + 2 + 3 + 8 + 100}, 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(pooling_halves_images_by_default)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *max = gt_layer_max_pool2d(NULL), *average = gt_layer_avg_pool2d(NULL);
    gt_tensor *x = numbers(GT_SHAPE(1, 2, 3, 1), (const double[]){1, 2, 9, 3, 6, 9});
    assert_values(gt_layer_call(max, tape, x, true), 1, (const double[]){6}, 0);
    assert_values(gt_layer_call(average, tape, x, true), 1, (const double[]){3}, 0);
    assert_shape(gt_layer_output_shape(max), GT_SHAPE(1, 1, 1));
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(max);
    gt_layer_free(average);
}
END_TEST

START_TEST(windows_need_images)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = gt_layer_max_pool2d(NULL);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(784), GT_FLOAT64, &random), GT_ERR_SHAPE);
    assert_message("max_pooling2d: samples (784,): images (height, width, channels) are expected");
    gt_layer_free(layer);
}
END_TEST

/* x = 1, 3: mean 2, biased variance 1. Momentum 0.9: the averages go from 0 and 1 to 0.2 and 1. */
START_TEST(batch_norm_moves_its_averages_in_training)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer =
        built(gt_layer_batch_norm(&(gt_batch_norm_options){.momentum = 0.9, .epsilon = 1e-3}), GT_SHAPE(1));
    gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){1, 3});
    const double slope = 1 / sqrt(1.001);
    assert_values(gt_layer_call(layer, tape, x, true), 2, (const double[]){-slope, slope}, 1e-15);
    assert_values(gt_layer_weight(layer, 2), 1, (const double[]){0.2}, 1e-15);
    assert_values(gt_layer_weight(layer, 3), 1, (const double[]){1}, 1e-15);
    assert_values(gt_layer_call(layer, tape, x, false), 2, (const double[]){0.8 * slope, 2.8 * slope}, 1e-15);
    assert_values(gt_layer_weight(layer, 2), 1, (const double[]){0.2}, 1e-15);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(batch_norm_applies_its_activation_in_training_and_inference)
{
    static const struct {
        gt_activation activation;
        double training[2], inference[2];
    } cases[] = {
        {GT_RELU, {0, 0.99950037468777316}, {0, 0.99950037468777316}},
        {GT_LEAKY_RELU, {-0.29985011240633194, 0.99950037468777316}, {-0.29985011240633194, 0.99950037468777316}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        gt_tape *tape = gt_tape_new(GT_CPU);
        gt_layer *layer =
            built(gt_layer_batch_norm(&(gt_batch_norm_options){.activation = cases[i].activation}), GT_SHAPE(1));
        gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){-1, 1}); /* mean 0, variance 1: as the layer begins */
        assert_values(gt_layer_call(layer, tape, x, true), 2, cases[i].training, 1e-15);
        assert_values(gt_layer_call(layer, tape, x, false), 2, cases[i].inference, 1e-15);
        gt_tape_free(tape);
        gt_tensor_free(x);
        gt_layer_free(layer);
    }
}
END_TEST

START_TEST(batch_norm_rejects_an_activation_that_does_not_exist)
{
    ck_assert_ptr_null(gt_layer_batch_norm(&(gt_batch_norm_options){.activation = (gt_activation)99}));
    assert_message("batch_normalization: there is no activation 99");
}
END_TEST

START_TEST(a_frozen_batch_norm_runs_as_in_inference)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = built(gt_layer_batch_norm(NULL), GT_SHAPE(1));
    gt_layer_set_trainable(layer, false);
    gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){1, 3});
    const double slope = 1 / sqrt(1.001);
    assert_values(gt_layer_call(layer, tape, x, true), 2, (const double[]){slope, 3 * slope}, 1e-15);
    assert_values(gt_layer_weight(layer, 2), 1, (const double[]){0}, 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(batch_norm_is_the_documents_layer)
{
    npy_array x, gamma, beta, y;
    ck_assert_msg(
        npy_case("seed_cases/batchnorm_train", "x", &x) && npy_case("seed_cases/batchnorm_train", "gamma", &gamma) &&
            npy_case("seed_cases/batchnorm_train", "beta", &beta) && npy_case("seed_cases/batchnorm_train", "y", &y),
        "%s", npy_message());
    gt_layer *layer = built(gt_layer_batch_norm(&(gt_batch_norm_options){.epsilon = 1e-5}), GT_SHAPE(4));
    set_weight(layer, 0, gamma.values, 4);
    set_weight(layer, 1, beta.values, 4);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *input = numbers(GT_SHAPE(6, 4), x.values);
    assert_values(gt_layer_call(layer, tape, input, true), 24, y.values, 1e-11);
    gt_tape_free(tape);
    gt_tensor_free(input);
    gt_layer_free(layer);
    npy_free(&x);
    npy_free(&gamma);
    npy_free(&beta);
    npy_free(&y);
}
END_TEST

/* Rows 1, 3 and 10, 14: deviations 1 and 2 from their means. */
START_TEST(layer_norm_treats_each_sample_alone)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = built(gt_layer_layer_norm(NULL), GT_SHAPE(2));
    gt_tensor *x = numbers(GT_SHAPE(2, 2), (const double[]){1, 3, 10, 14});
    const double first = 1 / sqrt(1.001), second = 2 / sqrt(4.001);
    assert_values(gt_layer_call(layer, tape, x, true), 4, (const double[]){-first, first, -second, second}, 1e-14);
    set_weight(layer, 0, (const double[]){2, 3}, 2);
    set_weight(layer, 1, (const double[]){10, 20}, 2);
    assert_values(gt_layer_call(layer, tape, x, false), 4,
                  (const double[]){10 - 2 * first, 20 + 3 * first, 10 - 2 * second, 20 + 3 * second}, 1e-13);
    ck_assert_str_eq(gt_layer_type(layer), "LayerNormalization");
    ck_assert_str_eq(gt_tensor_name(gt_layer_weight(layer, 1)), "layer_normalization/beta");
    ck_assert_int_eq(gt_layer_weight_count(layer), 2);
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(layer_norm_names_bad_settings)
{
    gt_random random = gt_random_new(1, 0);
    ck_assert_ptr_null(gt_layer_layer_norm(&(gt_layer_norm_options){.epsilon = -1}));
    assert_message("layer_normalization: epsilon is -1, a positive number is expected");
    gt_layer *layer = gt_layer_layer_norm(&(gt_layer_norm_options){.name = "norm"});
    ck_assert_int_eq(gt_layer_build(layer, GT_SCALAR, GT_FLOAT64, &random), GT_ERR_SHAPE);
    assert_message("norm: samples are single numbers: (features) is expected");
    gt_layer_free(layer);
}
END_TEST

START_TEST(an_input_takes_its_shape_only)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = gt_layer_input(GT_SHAPE(3));
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2, 4));
    ck_assert_ptr_null(gt_layer_call(layer, tape, x, false));
    ck_assert_str_eq(gt_tape_message(tape), "input_layer: samples (4,) given, (3,) expected");
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

int main(void)
{
    return run_suite("layers", (const suite_test[]){
                                   TEST(dense_is_the_documents_layer),
                                   TEST(dense_without_bias_has_one_weight),
                                   TEST(activations_are_what_their_names_say),
                                   TEST(activating_nothing_is_an_error),
                                   TEST(leaky_relu_of_alpha_0_is_relu),
                                   TEST(a_layer_that_does_nothing_still_returns_a_tensor_of_the_tape),
                                   TEST(dropout_zeroes_some_entries_in_training_and_scales_the_rest),
                                   TEST(flatten_keeps_the_batch_axis),
                                   LOOP_TEST(conv2d_says_beforehand_what_shape_it_gives,
                                             sizeof convolutions / sizeof convolutions[0]),
                                   TEST(conv2d_adds_its_bias_once),
                                   TEST(pooling_halves_images_by_default),
                                   TEST(windows_need_images),
                                   TEST(batch_norm_moves_its_averages_in_training),
                                   TEST(batch_norm_applies_its_activation_in_training_and_inference),
                                   TEST(batch_norm_rejects_an_activation_that_does_not_exist),
                                   TEST(a_frozen_batch_norm_runs_as_in_inference),
                                   TEST(batch_norm_is_the_documents_layer),
                                   TEST(layer_norm_treats_each_sample_alone),
                                   TEST(layer_norm_names_bad_settings),
                                   TEST(an_input_takes_its_shape_only),
                                   END_OF_TESTS,
                               });
}
