/* models/layer and the layers: names, weights, shapes, values by hand. */
#include "models/layer.h"

#include <math.h>
#include <string.h>

#include "models/version.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

static gt_layer *built(gt_layer *layer, gt_shape sample)
{
    gt_random random = gt_random_new(1, 0);
    ck_assert_msg(layer && gt_layer_build(layer, sample, GT_FLOAT64, &random) == GT_OK, "%s", gt_last_error());
    return layer;
}

static gt_tensor *numbers(gt_shape shape, const double *values)
{
    return gt_tensor_from(GT_FLOAT64, shape, values);
}

static void set_weight(gt_layer *layer, int index, const double *values, size_t count)
{
    ck_assert_int_eq(gt_tensor_write(gt_layer_weight(layer, index), values, count * sizeof *values), GT_OK);
}

static void assert_values(const gt_tensor *tensor, int64_t count, const double *expected, double tolerance)
{
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_size(tensor), count);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(gt_tensor_at(tensor, i) - expected[i]) <= tolerance))
            ck_abort_msg("entry %d is %.17g, not %.17g", (int)i, gt_tensor_at(tensor, i), expected[i]);
}

static void assert_shape(gt_shape shape, gt_shape expected)
{
    ck_assert_str_eq(gt_shape_text(&shape).text, gt_shape_text(&expected).text);
}

#define assert_message(part)                                                                                           \
    ck_assert_msg(strstr(gt_last_error(), part) != NULL, "the message is '%s'", gt_last_error())

/* ---- the base -------------------------------------------------------------------------------------------------- */

static gt_tensor *pass_on(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)training;
    return gt_scale(tape, x, 2);
}

/* Weights in an order that the layer has to mend. */
static gt_status build_mixed(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    (void)input, (void)output;
    const char *const names[] = {"count", "slope", "mean", "offset"};
    for (int i = 0; i < 4; i++)
        if (!gt_layer_add_weight(layer, names[i], GT_SHAPE(2), GT_INIT_ONE, 2, 2, i % 2 == 1))
            return GT_ERR_MEMORY;
    return GT_OK;
}

static const gt_layer_class own_class = {"MyOwnLayer2D", 8, build_mixed, pass_on};

START_TEST(the_library_is_the_version_of_its_headers)
{
    ck_assert_str_eq(gt_version(), GT_VERSION);
}
END_TEST

START_TEST(a_layer_has_no_name_until_it_is_built)
{
    gt_layer *layer = gt_layer_new(&own_class, NULL);
    ck_assert_ptr_null(gt_layer_name(layer));
    built(layer, GT_SHAPE(3));
    ck_assert_str_eq(gt_layer_name(layer), "my_own_layer2d");
    gt_layer_free(layer);
}
END_TEST

START_TEST(types_are_keras_types)
{
    gt_layer *layers[] = {gt_layer_dense(2, NULL),   gt_layer_conv2d(2, 3, 3, NULL),
                          gt_layer_max_pool2d(NULL), gt_layer_avg_pool2d(NULL),
                          gt_layer_flatten(),        gt_layer_batch_norm(NULL),
                          gt_layer_dropout(0.5),     gt_layer_activation(GT_RELU),
                          gt_layer_leaky_relu(0.1),  gt_layer_input(GT_SHAPE(784))};
    const char *const expected[] = {
        "Dense",   "Conv2D",     "MaxPooling2D", "AveragePooling2D", "Flatten", "BatchNormalization",
        "Dropout", "Activation", "LeakyReLU",    "InputLayer"};
    for (int i = 0; i < 10; i++) {
        ck_assert_str_eq(gt_layer_type(layers[i]), expected[i]);
        gt_layer_free(layers[i]);
    }
}
END_TEST

START_TEST(trainable_weights_come_first_and_carry_the_layers_name)
{
    gt_layer *layer = built(gt_layer_new(&own_class, "mine"), GT_SHAPE(3));
    const char *const expected[] = {"mine/slope", "mine/offset", "mine/count", "mine/mean"};
    ck_assert_int_eq(gt_layer_weight_count(layer), 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_str_eq(gt_tensor_name(gt_layer_weight(layer, i)), expected[i]);
        ck_assert_int_eq(gt_tensor_trainable(gt_layer_weight(layer, i)), i < 2);
    }
    ck_assert_ptr_null(gt_layer_weight(layer, 4));
    ck_assert_ptr_null(gt_layer_weight(layer, -1));
    gt_layer_free(layer);
}
END_TEST

START_TEST(freezing_spares_no_weight_and_thawing_only_trainable_ones)
{
    gt_layer *layer = gt_layer_new(&own_class, "mine");
    ck_assert_int_eq(gt_layer_set_trainable(layer, false), GT_OK);
    built(layer, GT_SHAPE(3));
    ck_assert(!gt_layer_trainable(layer));
    for (int i = 0; i < 4; i++)
        ck_assert(!gt_tensor_trainable(gt_layer_weight(layer, i)));
    gt_layer_set_trainable(layer, true);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(gt_tensor_trainable(gt_layer_weight(layer, i)), i < 2);
    gt_layer_free(layer);
}
END_TEST

START_TEST(a_state_is_zeroed_and_the_layers_own)
{
    gt_layer *layer = gt_layer_new(&own_class, NULL);
    ck_assert_mem_eq(gt_layer_state(layer), "\0\0\0\0\0\0\0\0", 8);
    gt_layer_free(layer);
}
END_TEST

START_TEST(a_layer_is_built_once)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = built(gt_layer_dense(2, NULL), GT_SHAPE(3));
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(3), GT_FLOAT64, &random), GT_ERR_STATE);
    assert_message("dense: the layer was built before, for samples (3,)");
    gt_layer_free(layer);
}
END_TEST

START_TEST(a_failed_build_leaves_no_weights_and_the_stream_where_it_was)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = gt_layer_conv2d(2, 3, 3, NULL);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(2, 8, 1), GT_FLOAT64, &random), GT_ERR_SHAPE);
    assert_message("conv2d: a window of 3 does not fit into samples (2, 8, 1)");
    ck_assert_int_eq(gt_layer_weight_count(layer), 0);
    ck_assert_uint_eq(random.offset, 0);
    built(layer, GT_SHAPE(8, 8, 1));
    gt_layer_free(layer);
}
END_TEST

START_TEST(an_impossible_weight_is_a_shape_error)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = gt_layer_dense(INT64_MAX / 8, NULL);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(1000), GT_FLOAT64, &random), GT_ERR_SHAPE);
    gt_layer_free(layer);
    layer = gt_layer_conv2d(INT32_MAX, INT32_MAX, INT32_MAX,
                            &(gt_conv2d_layer_options){.convolution = {.padding = GT_PADDING_SAME}});
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(8, 8, 3), GT_FLOAT64, &random), GT_ERR_SHAPE);
    gt_layer_free(layer);
}
END_TEST

START_TEST(samples_leave_room_for_the_batch_axis)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = gt_layer_flatten();
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(1, 1, 1, 1, 1, 1, 1, 1), GT_FLOAT64, &random), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(-1), GT_FLOAT64, &random), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(2), GT_UINT8, &random), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(2), GT_FLOAT64, NULL), GT_ERR_ARGUMENT);
    gt_layer_free(layer);
}
END_TEST

START_TEST(names_stay_once_weights_carry_them)
{
    gt_layer *layer = gt_layer_dense(2, NULL);
    ck_assert_int_eq(gt_layer_set_name(layer, "first"), GT_OK);
    ck_assert_int_eq(gt_layer_set_name(layer, NULL), GT_ERR_ARGUMENT);
    built(layer, GT_SHAPE(3));
    ck_assert_str_eq(gt_tensor_name(gt_layer_weight(layer, 0)), "first/kernel");
    ck_assert_int_eq(gt_layer_set_name(layer, "second"), GT_ERR_STATE);
    ck_assert_str_eq(gt_layer_name(layer), "first");
    gt_layer_free(layer);
}
END_TEST

START_TEST(weights_are_added_only_while_a_layer_is_built)
{
    gt_layer *layer = gt_layer_dense(2, NULL);
    ck_assert_ptr_null(gt_layer_add_weight(layer, "more", GT_SHAPE(2), GT_INIT_ONE, 2, 2, true));
    assert_message("not being built");
    gt_layer_free(layer);
}
END_TEST

START_TEST(calling_builds_from_the_batch)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = gt_layer_dense(4, NULL);
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(5, 3));
    assert_shape(gt_tensor_shape(gt_layer_call(layer, tape, x, false)), GT_SHAPE(5, 4));
    assert_shape(gt_tensor_shape(gt_layer_weight(layer, 0)), GT_SHAPE(3, 4));
    ck_assert_int_eq(gt_tensor_dtype(gt_layer_weight(layer, 0)), GT_FLOAT32);
    assert_shape(gt_layer_output_shape(layer), GT_SHAPE(4));
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

START_TEST(a_wrong_input_is_named_with_the_layer)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = built(gt_layer_dense(4, &(gt_dense_options){.name = "dense_1"}), GT_SHAPE(398));
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(32, 100)), *single = gt_tensor_new(GT_FLOAT32, GT_SHAPE(32, 398));
    ck_assert_ptr_null(gt_layer_call(layer, tape, x, false));
    ck_assert_str_eq(gt_tape_message(tape), "dense_1: input (32, 100): the layer was built for 398 features");
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_SHAPE);
    gt_tape_reset(tape);
    ck_assert_ptr_null(gt_layer_call(layer, tape, single, false));
    ck_assert_str_eq(gt_tape_message(tape), "dense_1: input (32, 398) is float32: the layer was built for float64");
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(single);
    gt_layer_free(layer);
}
END_TEST

START_TEST(a_missing_input_is_an_error_and_the_first_one_stays)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = built(gt_layer_dense(4, NULL), GT_SHAPE(3));
    ck_assert_ptr_null(gt_layer_call(layer, tape, NULL, false));
    ck_assert_str_eq(gt_tape_message(tape), "dense: the input is NULL");
    ck_assert_ptr_null(gt_layer_call(NULL, tape, NULL, false));
    ck_assert_str_eq(gt_tape_message(tape), "dense: the input is NULL");
    gt_tape_free(tape);
    gt_layer_free(layer);
}
END_TEST

START_TEST(null_layers_are_harmless)
{
    gt_layer_free(NULL);
    ck_assert_ptr_null(gt_layer_name(NULL));
    ck_assert_str_eq(gt_layer_type(NULL), "");
    ck_assert_int_eq(gt_layer_weight_count(NULL), 0);
    ck_assert_int_eq(gt_layer_output_shape(NULL).rank, 0);
    ck_assert_int_eq(gt_layer_set_name(NULL, "x"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_layer_set_trainable(NULL, true), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_layer_state(NULL));
    ck_assert_ptr_null(gt_layer_new(NULL, NULL));
}
END_TEST

START_TEST(settings_out_of_range_are_refused)
{
    ck_assert_ptr_null(gt_layer_dense(0, NULL));
    assert_message("dense: units is 0");
    ck_assert_ptr_null(gt_layer_dense(2, &(gt_dense_options){.activation = (gt_activation)99}));
    assert_message("dense: there is no activation 99");
    ck_assert_ptr_null(gt_layer_dense(2, &(gt_dense_options){.bias_initializer = (gt_initializer)99}));
    ck_assert_ptr_null(gt_layer_conv2d(2, 3, -1, NULL));
    assert_message("conv2d: 2 filters of 3 x -1");
    ck_assert_ptr_null(gt_layer_dropout(1));
    ck_assert_ptr_null(gt_layer_dropout((double)NAN));
    ck_assert_ptr_null(gt_layer_leaky_relu((double)INFINITY));
    ck_assert_ptr_null(gt_layer_activation((gt_activation)-1));
    ck_assert_ptr_null(gt_layer_batch_norm(&(gt_batch_norm_options){.momentum = 1.5}));
    ck_assert_ptr_null(gt_layer_input(GT_SHAPE(-3)));
}
END_TEST

/* ---- the layers ------------------------------------------------------------------------------------------------ */

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
    return run_suite("layer", (const suite_test[]){
                                  TEST(the_library_is_the_version_of_its_headers),
                                  TEST(a_layer_has_no_name_until_it_is_built),
                                  TEST(types_are_keras_types),
                                  TEST(trainable_weights_come_first_and_carry_the_layers_name),
                                  TEST(freezing_spares_no_weight_and_thawing_only_trainable_ones),
                                  TEST(a_state_is_zeroed_and_the_layers_own),
                                  TEST(a_layer_is_built_once),
                                  TEST(a_failed_build_leaves_no_weights_and_the_stream_where_it_was),
                                  TEST(an_impossible_weight_is_a_shape_error),
                                  TEST(samples_leave_room_for_the_batch_axis),
                                  TEST(names_stay_once_weights_carry_them),
                                  TEST(weights_are_added_only_while_a_layer_is_built),
                                  TEST(calling_builds_from_the_batch),
                                  TEST(a_wrong_input_is_named_with_the_layer),
                                  TEST(a_missing_input_is_an_error_and_the_first_one_stays),
                                  TEST(null_layers_are_harmless),
                                  TEST(settings_out_of_range_are_refused),
                                  TEST(dense_is_the_documents_layer),
                                  TEST(dense_without_bias_has_one_weight),
                                  TEST(activations_are_what_their_names_say),
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
                                  TEST(a_frozen_batch_norm_runs_as_in_inference),
                                  TEST(batch_norm_is_the_documents_layer),
                                  TEST(an_input_takes_its_shape_only),
                                  END_OF_TESTS,
                              });
}
