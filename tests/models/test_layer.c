/* models/layer: what all layers share: names, weights, shapes, settings, errors. */
#include "models/layer.h"

#include <math.h>
#include <string.h>

#include "models/version.h"
#include "tests/support/layers.h"
#include "tests/support/messages.h"
#include "tests/support/suite.h"

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

static const gt_layer_class own_class = {
    .type = "MyOwnLayer2D", .state_size = 8, .build = build_mixed, .call = pass_on};

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

static gt_status promise_more(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    (void)layer, (void)input;
    output->dim[0]++;
    return GT_OK;
}

static gt_tensor *give_less(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)tape, (void)training;
    return x;
}

static const gt_layer_class promises_more = {.type = "Promising", .build = promise_more, .call = give_less};

START_TEST(a_call_keeps_what_the_build_promised)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *layer = gt_layer_new(&promises_more, NULL);
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(4, 2));
    ck_assert_ptr_null(gt_layer_call(layer, tape, x, false));
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_tape_message(tape), "promising: the layer's call returned float32 (4, 2) for 4 samples, its "
                                            "build promised float32 (3,) each");
    gt_tensor_free(x);
    gt_layer_free(layer);
    gt_tape_free(tape);
}
END_TEST

START_TEST(names_are_not_empty)
{
    const gt_layer_class nameless = {.type = "", .call = give_less};
    gt_layer *layer = gt_layer_flatten();
    ck_assert_int_eq(gt_layer_set_name(layer, ""), GT_ERR_ARGUMENT);
    assert_message("gt_layer_set_name: the name is empty");
    ck_assert_ptr_null(gt_layer_dense(2, &(gt_dense_options){.name = ""}));
    assert_message("the name is empty");
    ck_assert_ptr_null(gt_layer_new(&nameless, NULL));
    assert_message("the class has no name");
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
    assert_message("batch_normalization: momentum is 1.5");
    ck_assert_ptr_null(gt_layer_batch_norm(&(gt_batch_norm_options){.epsilon = (double)INFINITY}));
    assert_message("batch_normalization: epsilon is inf");
    ck_assert_ptr_null(gt_layer_input(GT_SHAPE(-3)));
    ck_assert_ptr_null(gt_layer_input(GT_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)));
    assert_message("at most 7 axes beside the batch's are possible");
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
                                  TEST(a_call_keeps_what_the_build_promised),
                                  TEST(names_are_not_empty),
                                  TEST(weights_are_added_only_while_a_layer_is_built),
                                  TEST(calling_builds_from_the_batch),
                                  TEST(a_wrong_input_is_named_with_the_layer),
                                  TEST(a_missing_input_is_an_error_and_the_first_one_stays),
                                  TEST(null_layers_are_harmless),
                                  TEST(settings_out_of_range_are_refused),
                                  END_OF_TESTS,
                              });
}
