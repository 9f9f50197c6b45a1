/* models: layers of images beside conv2d and pooling windows: shapes, values by hand, messages. */
#include "tests/support/layers.h"
#include "tests/support/messages.h"
#include "tests/support/suite.h"

START_TEST(global_pooling_gives_a_number_for_each_channel)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_layer *max = gt_layer_global_max_pool2d(), *average = gt_layer_global_avg_pool2d();
    gt_tensor *x = numbers(GT_SHAPE(1, 2, 2, 2), (const double[]){1, 2, 5, 0, -3, 7, 9, 3});
    assert_values(gt_layer_call(max, tape, x, true), 2, (const double[]){9, 7}, 0);
    assert_values(gt_layer_call(average, tape, x, true), 2, (const double[]){3, 3}, 0);
    assert_shape(gt_layer_output_shape(max), GT_SHAPE(2));
    ck_assert_str_eq(gt_layer_type(max), "GlobalMaxPooling2D");
    ck_assert_str_eq(gt_layer_name(average), "global_average_pooling2d");
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(max);
    gt_layer_free(average);
}
END_TEST

START_TEST(global_pooling_needs_images)
{
    gt_random random = gt_random_new(1, 0);
    gt_layer *layer = gt_layer_global_avg_pool2d();
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(784), GT_FLOAT64, &random), GT_ERR_SHAPE);
    assert_message("global_average_pooling2d: samples (784,): images (height, width, channels) are expected");
    gt_layer_free(layer);
}
END_TEST

/* A row 1, 2, 3 of one channel; filters (1, 10) and (100, 1000), biases 0.5 and -2500. */
START_TEST(depthwise_conv2d_filters_each_channel)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    const gt_depthwise_conv2d_layer_options options = {.multiplier = 2, .activation = GT_RELU};
    gt_layer *layer = built(gt_layer_depthwise_conv2d(1, 2, &options), GT_SHAPE(1, 3, 1));
    assert_shape(gt_tensor_shape(gt_layer_weight(layer, 0)), GT_SHAPE(1, 2, 1, 2));
    set_weight(layer, 0, (const double[]){1, 100, 10, 1000}, 4);
    set_weight(layer, 1, (const double[]){0.5, -2500}, 2);
    gt_tensor *x = numbers(GT_SHAPE(1, 1, 3, 1), (const double[]){1, 2, 3});
    assert_values(gt_layer_call(layer, tape, x, true), 4, (const double[]){21.5, 0, 32.5, 700}, 0);
    assert_shape(gt_layer_output_shape(layer), GT_SHAPE(1, 2, 2));
    ck_assert_str_eq(gt_layer_type(layer), "DepthwiseConv2D");
    ck_assert_str_eq(gt_tensor_name(gt_layer_weight(layer, 0)), "depthwise_conv2d/kernel");
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_layer_free(layer);
}
END_TEST

/* Keras' fans of a kernel (3, 3, 4, 2): 36 and 18. */
START_TEST(depthwise_conv2d_begins_as_keras_does)
{
    gt_layer *layer =
        built(gt_layer_depthwise_conv2d(3, 3, &(gt_depthwise_conv2d_layer_options){.multiplier = 2, .no_bias = true}),
              GT_SHAPE(5, 5, 4));
    ck_assert_int_eq(gt_layer_weight_count(layer), 1);
    const double limit = sqrt(6.0 / (36 + 18));
    double largest = 0;
    for (int64_t i = 0; i < 72; i++)
        largest = fmax(largest, fabs(gt_tensor_at(gt_layer_weight(layer, 0), i)));
    ck_assert(largest <= limit && largest > 0.9 * limit);
    gt_layer_free(layer);
}
END_TEST

START_TEST(depthwise_conv2d_names_bad_settings)
{
    gt_random random = gt_random_new(1, 0);
    ck_assert_ptr_null(gt_layer_depthwise_conv2d(0, 3, NULL));
    assert_message("depthwise_conv2d: 0 filters of 0 x 3: positive numbers are expected");
    ck_assert_ptr_null(gt_layer_depthwise_conv2d(3, 3, &(gt_depthwise_conv2d_layer_options){.multiplier = -1}));
    assert_message("-1 filters of 3 x 3");
    ck_assert_ptr_null(gt_layer_depthwise_conv2d(3, 3, &(gt_depthwise_conv2d_layer_options){.convolution.groups = 2}));
    assert_message("depthwise_conv2d: groups is 2: each channel is one already");
    gt_layer *layer = gt_layer_depthwise_conv2d(3, 3, NULL);
    ck_assert_int_eq(gt_layer_build(layer, GT_SHAPE(2, 5, 1), GT_FLOAT64, &random), GT_ERR_SHAPE);
    assert_message("depthwise_conv2d: a window of 3 does not fit into samples (2, 5, 1)");
    gt_layer_free(layer);
}
END_TEST

int main(void)
{
    return run_suite("image layers", (const suite_test[]){
                                         TEST(global_pooling_gives_a_number_for_each_channel),
                                         TEST(global_pooling_needs_images),
                                         TEST(depthwise_conv2d_filters_each_channel),
                                         TEST(depthwise_conv2d_begins_as_keras_does),
                                         TEST(depthwise_conv2d_names_bad_settings),
                                         END_OF_TESTS,
                                     });
}
