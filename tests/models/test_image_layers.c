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

int main(void)
{
    return run_suite("image layers", (const suite_test[]){
                                         TEST(global_pooling_gives_a_number_for_each_channel),
                                         TEST(global_pooling_needs_images),
                                         END_OF_TESTS,
                                     });
}
