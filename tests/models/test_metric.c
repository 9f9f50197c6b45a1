/* models/metric: counts by hand. */
#include "models/metric.h"

#include <math.h>
#include <string.h>

#include "tests/support/suite.h"

static gt_tensor *floats(gt_shape shape, const float *values)
{
    return gt_tensor_from(GT_FLOAT32, shape, values);
}

static gt_tensor *labels(gt_shape shape, const int32_t *values)
{
    return gt_tensor_from(GT_INT32, shape, values);
}

/* Frees both. The metric made of ops must say the same. */
static double metric_of(const gt_metric *metric, gt_tensor *prediction, gt_tensor *target)
{
    double value = gt_metric_of(metric, prediction, target), total = 0;
    if (!isnan(value)) {
        gt_tape *tape = gt_tape_new(GT_CPU);
        gt_tensor *right = metric->right(tape, prediction, target, &total);
        ck_assert_msg(right != NULL, "%s", gt_last_error());
        ck_assert_double_eq(gt_tensor_item(right) / total, value);
        gt_tape_free(tape);
    }
    gt_tensor_free(prediction);
    gt_tensor_free(target);
    return value;
}

START_TEST(categorical_accuracy_takes_class_numbers)
{
    gt_tensor *p = floats(GT_SHAPE(4, 3), (const float[]){.1f, .8f, .1f, .3f, .3f, .4f, 1, 0, 0, 0, 0, 1});
    ck_assert_double_eq(metric_of(&gt_categorical_accuracy, p, labels(GT_SHAPE(4), (const int32_t[]){1, 2, 1, 2})),
                        0.75);
}
END_TEST

START_TEST(categorical_accuracy_takes_one_hot_labels)
{
    gt_tensor *p = floats(GT_SHAPE(2, 3), (const float[]){.1f, .8f, .1f, .3f, .3f, .4f});
    gt_tensor *t = floats(GT_SHAPE(2, 3), (const float[]){0, 1, 0, 1, 0, 0});
    ck_assert_double_eq(metric_of(&gt_categorical_accuracy, p, t), 0.5);
}
END_TEST

START_TEST(of_equal_maxima_the_first_is_the_label)
{
    gt_tensor *p = floats(GT_SHAPE(2, 3), (const float[]){.4f, .4f, .2f, 0, 0, 0});
    ck_assert_double_eq(metric_of(&gt_categorical_accuracy, p, labels(GT_SHAPE(2), (const int32_t[]){0, 2})), 0.5);
}
END_TEST

START_TEST(nan_is_the_maximum_of_its_row)
{
    gt_tensor *p = floats(GT_SHAPE(2, 3), (const float[]){1, NAN, 2, NAN, NAN, 9});
    ck_assert_double_eq(metric_of(&gt_categorical_accuracy, p, labels(GT_SHAPE(2), (const int32_t[]){1, 0})), 1);
}
END_TEST

START_TEST(labels_outside_the_classes_are_wrong)
{
    gt_tensor *p = floats(GT_SHAPE(2, 2), (const float[]){1, 0, 0, 1});
    ck_assert_double_eq(metric_of(&gt_categorical_accuracy, p, labels(GT_SHAPE(2), (const int32_t[]){-1, 2})), 0);
}
END_TEST

START_TEST(further_axes_count_as_rows)
{
    double right, total;
    gt_tensor *p = floats(GT_SHAPE(1, 2, 2), (const float[]){1, 0, 1, 0});
    gt_tensor *t = labels(GT_SHAPE(1, 2), (const int32_t[]){0, 1});
    ck_assert_int_eq(gt_categorical_accuracy.count(p, t, &right, &total), GT_OK);
    ck_assert_double_eq(right, 1);
    ck_assert_double_eq(total, 2);
    gt_tensor_free(p);
    gt_tensor_free(t);
}
END_TEST

START_TEST(binary_accuracy_cuts_at_one_half)
{
    gt_tensor *p = floats(GT_SHAPE(4, 1), (const float[]){.5f, .51f, .2f, .9f});
    gt_tensor *t = floats(GT_SHAPE(4, 1), (const float[]){0, 1, 1, 0});
    ck_assert_double_eq(metric_of(&gt_binary_accuracy, p, t), 0.5);
}
END_TEST

START_TEST(binary_accuracy_takes_truth_values)
{
    gt_tensor *p = floats(GT_SHAPE(2), (const float[]){.4f, .6f});
    gt_tensor *t = gt_tensor_from(GT_UINT8, GT_SHAPE(2), (const uint8_t[]){0, 1});
    ck_assert_double_eq(metric_of(&gt_binary_accuracy, p, t), 1);
}
END_TEST

START_TEST(shapes_that_do_not_fit_are_named)
{
    gt_tensor *p = floats(GT_SHAPE(2, 2), (const float[]){1, 0, 0, 1});
    ck_assert(isnan(metric_of(&gt_categorical_accuracy, p, labels(GT_SHAPE(3), (const int32_t[]){0, 1, 2}))));
    ck_assert_str_eq(gt_last_error(), "categorical_accuracy: prediction (2, 2) and target int32 (3,) do not fit");
    p = floats(GT_SHAPE(2), (const float[]){1, 0});
    ck_assert(isnan(metric_of(&gt_binary_accuracy, p, floats(GT_SHAPE(2, 1), (const float[]){1, 0}))));
}
END_TEST

START_TEST(bad_operands_are_refused)
{
    gt_tensor *none = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2, 0));
    ck_assert(isnan(gt_metric_of(NULL, none, none)));
    ck_assert(isnan(gt_metric_of(&gt_categorical_accuracy, none, none)));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "has no classes"));
    ck_assert(isnan(gt_metric_of(&gt_binary_accuracy, NULL, none)));
    ck_assert(isnan(gt_metric_of(&gt_binary_accuracy, none, NULL)));
    gt_tensor *empty = gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 2));
    ck_assert(isnan(gt_metric_of(&gt_binary_accuracy, empty, empty)));
    double count;
    ck_assert_int_eq(gt_categorical_accuracy.count(empty, empty, NULL, &count), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_binary_accuracy.count(empty, empty, &count, NULL), GT_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "a result is NULL"));
    gt_tensor_free(empty);
    gt_tensor_free(none);
    gt_tensor *t = labels(GT_SHAPE(1), (const int32_t[]){0});
    ck_assert(isnan(gt_metric_of(&gt_binary_accuracy, t, t)));
    gt_tensor_free(t);
}
END_TEST

int main(void)
{
    return run_suite("metric", (const suite_test[]){
                                   TEST(categorical_accuracy_takes_class_numbers),
                                   TEST(categorical_accuracy_takes_one_hot_labels),
                                   TEST(of_equal_maxima_the_first_is_the_label),
                                   TEST(nan_is_the_maximum_of_its_row),
                                   TEST(labels_outside_the_classes_are_wrong),
                                   TEST(further_axes_count_as_rows),
                                   TEST(binary_accuracy_cuts_at_one_half),
                                   TEST(binary_accuracy_takes_truth_values),
                                   TEST(shapes_that_do_not_fit_are_named),
                                   TEST(bad_operands_are_refused),
                                   END_OF_TESTS,
                               });
}
