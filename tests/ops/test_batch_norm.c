/* batch_norm: outside numbers, cotangents of mean and variance, edges, messages. Samples against references, and
 * gradients against differences, are test_registry's. */
#include <math.h>
#include <stdio.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "ops/updates.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"
#include "tests/support/torch.h"

/* Moving averages are inputs of the inference cases alone. */
static const char *const training_names[] = {"x", "gamma", "beta", NULL};
static const char *const inference_names[] = {"x", "gamma", "beta", "moving_mean", "moving_variance", NULL};
enum { TRAINING_CASES = 10 };

static gt_tensor *run_training(const case_row *row, gt_tensor *const inputs[])
{
    char folder[64];
    gt_tensor *mean, *variance;
    double epsilon = case_number(row, "epsilon", 0);
    gt_tensor *y = gt_batch_norm(tape, inputs[0], inputs[1], inputs[2], epsilon, &mean, &variance);
    snprintf(folder, sizeof folder, "torch_cases/batch_norm/%s", row->name);
    bool exact = gt_tensor_dtype(inputs[0]) == GT_FLOAT64;
    expect_case(mean, folder, "mean", exact ? 1e-10 : 1e-3);
    expect_case(variance, folder, "variance", exact ? 1e-9 : 1e-3);
    return y;
}

static gt_tensor *run_inference(const case_row *row, gt_tensor *const inputs[])
{
    double epsilon = case_number(row, "epsilon", 0);
    return gt_batch_norm_inference(tape, inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], epsilon);
}

/* case_05 has its mean far from 0, and loses digits to it. */
START_TEST(agrees_with_torch)
{
    if (_i < TRAINING_CASES)
        torch_expect("batch_norm", _i, training_names, run_training, _i == 4 ? 1e-9 : 1e-10);
    else
        torch_expect("batch_norm", _i, inference_names, run_inference, 1e-10);
}
END_TEST

START_TEST(course_numbers)
{
    static const char folder[] = "seed_cases/batchnorm_train";
    gt_tensor *inputs[3], *gradients[3], *mean, *variance, *dy = from_case(folder, "dy", GT_FLOAT64);
    static const char *const names[] = {"x", "gamma", "beta"}, *const expected[] = {"dx", "dgamma", "dbeta"};
    for (int i = 0; i < 3; i++) {
        inputs[i] = from_case(folder, names[i], GT_FLOAT64);
        gt_tape_watch(tape, inputs[i]);
    }
    gt_tensor *y = gt_batch_norm(tape, inputs[0], inputs[1], inputs[2], 1e-5, &mean, &variance);
    expect_case(y, folder, "y", 1e-11);
    expect_case(mean, folder, "mean", 1e-11);
    expect_case(variance, folder, "var_biased", 1e-11);
    gt_gradient_options options = {.cotangents = &dy};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 3, inputs, gradients, &options), GT_OK);
    for (int i = 0; i < 3; i++)
        expect_case(gradients[i], folder, expected[i], 1e-11);
}
END_TEST

/* d mean / dx = 1 / n, d variance / dx = 2 (x - mean) / n. */
START_TEST(mean_and_variance_have_gradients)
{
    gt_tensor *x = variable(GT_SHAPE(4, 1), VALUES(1, 2, 3, 6)), *one = constant(GT_FLOAT64, GT_SHAPE(1), VALUES(1));
    gt_tensor *mean, *variance, *y = gt_batch_norm(tape, x, one, one, 1e-3, &mean, &variance);
    expect(mean, GT_SHAPE(1), VALUES(3), 1e-15);
    expect(variance, GT_SHAPE(1), VALUES(3.5), 1e-15);
    expect(gradient(mean, x), GT_SHAPE(4, 1), VALUES(0.25, 0.25, 0.25, 0.25), 1e-15);
    expect(gradient(variance, x), GT_SHAPE(4, 1), VALUES(-1, -0.5, 0, 1.5), 1e-15);
    expect(gradient(y, x), GT_SHAPE(4, 1), VALUES(0, 0, 0, 0), 1e-15); /* the sum of y is fixed */
}
END_TEST

START_TEST(mean_and_variance_need_not_be_taken)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(3, 2), 1);
    gt_tensor *ones = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 1));
    ck_assert_ptr_nonnull(gt_batch_norm(tape, x, ones, ones, 1e-3, NULL, NULL));
    gt_tensor *mean = x, *variance = x;
    ck_assert_ptr_null(gt_batch_norm(tape, NULL, ones, ones, 1e-3, &mean, &variance));
    ck_assert_ptr_null(mean);
    ck_assert_ptr_null(variance);
}
END_TEST

/* Two passes: the squares of 10^4 would leave float32 no digit of a variance of 1. */
START_TEST(far_from_zero_keeps_its_variance)
{
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(4, 1), VALUES(9999, 10001, 9999, 10001)), *variance;
    gt_tensor *one = constant(GT_FLOAT32, GT_SHAPE(1), VALUES(1)), *zero = constant(GT_FLOAT32, GT_SHAPE(1), VALUES(0));
    gt_tensor *y = gt_batch_norm(tape, x, one, zero, 0, NULL, &variance);
    expect(variance, GT_SHAPE(1), VALUES(1), 0);
    expect(y, GT_SHAPE(4, 1), VALUES(-1, 1, -1, 1), 0);
}
END_TEST

/* 70,000 rows: the sum of so many floats one after another would be off by more. */
START_TEST(many_rows_are_summed_well_and_alike_on_any_thread_count)
{
    const int64_t n = 70001;
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(n, 3)));
    float *values = gt_tensor_data_write(x);
    for (int64_t i = 0; i < 3 * n; i++)
        values[i] = (float)(i % 3) + (i / 3 % 2 ? 0.1F : -0.1F);
    gt_tensor *ones = constant(GT_FLOAT32, GT_SHAPE(3), VALUES(1, 1, 1)), *results[2], *mean, *variance;
    gt_tape_watch(tape, x);
    for (int i = 0; i < 2; i++) {
        gt_set_threads(i ? 4 : 1);
        gt_tensor *y = gt_batch_norm(tape, x, ones, ones, 1e-3, &mean, &variance);
        results[i] = gradient(gt_sum(tape, gt_square(tape, y), NULL), x);
    }
    gt_set_threads(0);
    expect(mean, GT_SHAPE(3), VALUES(0, 1, 2), 1e-5);
    expect(variance, GT_SHAPE(3), VALUES(0.01, 0.01, 0.01), 1e-6);
    ck_assert_mem_eq(gt_tensor_data(results[0]), gt_tensor_data(results[1]), (size_t)(3 * n) * sizeof(float));
}
END_TEST

START_TEST(inference_by_hand)
{
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(2, 2), VALUES(1, 2, 3, 4));
    gt_tensor *gamma = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(2, 3));
    gt_tensor *beta = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(10, 20));
    gt_tensor *mean = variable(GT_SHAPE(2), VALUES(1, 1)), *variance = variable(GT_SHAPE(2), VALUES(3, 8));
    gt_tensor *y = gt_batch_norm_inference(tape, x, gamma, beta, mean, variance, 1);
    expect(y, GT_SHAPE(2, 2), VALUES(10, 21, 12, 23), 1e-14);
    expect(gradient(y, mean), GT_SHAPE(2), VALUES(-2, -2), 1e-14);
    /* -gamma / 2 (var + eps)^-1.5 sum(x - mean) */
    expect(gradient(y, variance), GT_SHAPE(2), VALUES(-2.0 / 8, -3.0 / 2 * 4 / 27), 1e-14);
}
END_TEST

/* A channel that does not vary, with no epsilon: the slope is infinite. */
START_TEST(training_with_a_zero_cotangent_has_zero_gradients)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1), VALUES(3, 3)), *gamma = variable(GT_SHAPE(1), VALUES(2));
    gt_tensor *beta = variable(GT_SHAPE(1), VALUES(1)), *sources[] = {x, gamma, beta}, *gradients[3];
    gt_tensor *y = gt_batch_norm(tape, x, gamma, beta, 0, NULL, NULL);
    gt_tensor *zeros = constant(GT_FLOAT64, GT_SHAPE(2, 1), VALUES(0, 0));
    const gt_gradient_options options = {.cotangents = &zeros};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 3, sources, gradients, &options), GT_OK);
    expect(gradients[0], GT_SHAPE(2, 1), VALUES(0, 0), 0);
    for (int i = 1; i < 3; i++)
        expect(gradients[i], GT_SHAPE(1), VALUES(0), 0);
}
END_TEST

/* A channel that never varied, with no epsilon: the slope is infinite. */
START_TEST(inference_with_a_zero_cotangent_has_zero_gradients)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1), VALUES(1, 2)), *flat = variable(GT_SHAPE(1), VALUES(0));
    gt_tensor *gamma = variable(GT_SHAPE(1), VALUES(1)), *mean = variable(GT_SHAPE(1), VALUES(3));
    gt_tensor *sources[] = {x, gamma, mean, flat}, *gradients[4];
    gt_tensor *y = gt_batch_norm_inference(tape, x, gamma, mean, mean, flat, 0);
    gt_tensor *zeros = constant(GT_FLOAT64, GT_SHAPE(2, 1), VALUES(0, 0));
    const gt_gradient_options options = {.cotangents = &zeros};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 4, sources, gradients, &options), GT_OK);
    expect(gradients[0], GT_SHAPE(2, 1), VALUES(0, 0), 0);
    for (int i = 1; i < 4; i++)
        expect(gradients[i], GT_SHAPE(1), VALUES(0), 0);
}
END_TEST

START_TEST(moving_average_by_hand)
{
    gt_tensor *average = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(1, 2));
    gt_tensor *value = constant(GT_FLOAT64, GT_SHAPE(2), VALUES(5, 0));
    ck_assert_int_eq(gt_moving_average_update(average, value, 0.75), GT_OK);
    expect(average, GT_SHAPE(2), VALUES(2, 1.5), 0);
    expect(value, GT_SHAPE(2), VALUES(5, 0), 0);
    ck_assert_int_eq(gt_moving_average_update(average, NULL, 0.75), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(bad_inputs_are_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(6, 4), 1), *four = random_tensor(GT_FLOAT32, GT_SHAPE(4), 2);
    gt_tensor *three = random_tensor(GT_FLOAT32, GT_SHAPE(3), 3), *doubles = random_tensor(GT_FLOAT64, GT_SHAPE(4), 4);
    gt_tensor *none = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 4)));
    expect_error(gt_batch_norm(tape, x, four, three, 1e-3, NULL, NULL), GT_ERR_SHAPE,
                 "batch_norm: input 2 is (3,), a number for each channel of (6, 4) is expected");
    expect_error(gt_batch_norm(tape, x, doubles, four, 1e-3, NULL, NULL), GT_ERR_DTYPE, "input 1 float64");
    expect_error(gt_batch_norm(tape, none, four, four, 1e-3, NULL, NULL), GT_ERR_SHAPE,
                 "batch_norm: the batch is empty: (0, 4)");
    expect_error(gt_batch_norm(tape, four, four, four, 1e-3, NULL, NULL), GT_ERR_SHAPE,
                 "input 0 is (4,), (batch, ..., channels) is expected");
    expect_error(gt_batch_norm(tape, x, four, four, -1, NULL, NULL), GT_ERR_ARGUMENT, "epsilon is -1");
    expect_error(gt_batch_norm(tape, x, four, four, (double)NAN, NULL, NULL), GT_ERR_ARGUMENT, "epsilon is");
    expect_error(gt_batch_norm_inference(tape, x, four, four, four, three, 1e-3), GT_ERR_SHAPE,
                 "batch_norm_inference: input 4 is (3,)");
    expect_error(gt_batch_norm_inference(tape, x, four, four, NULL, four, 1e-3), GT_ERR_ARGUMENT, "input 3 is NULL");
    ck_assert_int_eq(gt_tensor_size(gt_batch_norm_inference(tape, none, four, four, four, four, 1e-3)), 0);
}
END_TEST

int main(void)
{
    return run_suite_with("batch_norm", open_tape, close_tape,
                          (const suite_test[]){
                              LOOP_TEST(agrees_with_torch, torch_count("batch_norm")),
                              TEST(course_numbers),
                              TEST(mean_and_variance_have_gradients),
                              TEST(mean_and_variance_need_not_be_taken),
                              TEST(far_from_zero_keeps_its_variance),
                              TEST(many_rows_are_summed_well_and_alike_on_any_thread_count),
                              TEST(inference_by_hand),
                              TEST(training_with_a_zero_cotangent_has_zero_gradients),
                              TEST(inference_with_a_zero_cotangent_has_zero_gradients),
                              TEST(moving_average_by_hand),
                              TEST(bad_inputs_are_named),
                              END_OF_TESTS,
                          });
}
