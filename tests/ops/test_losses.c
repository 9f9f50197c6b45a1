/* Losses: outside numbers, extremes, labels of every kind, messages. Samples against references, and gradients against
 * differences, are test_registry's. */
#include <math.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"
#include "tests/support/torch.h"

static const double infinity = (double)INFINITY;

/* ---- PyTorch's numbers ------------------------------------------------------------------------------------------ */

static gt_tensor *run_mean_squared_error(const case_row *row, gt_tensor *const inputs[])
{
    (void)row;
    return gt_mean_squared_error(tape, inputs[0], inputs[1]);
}

static gt_tensor *run_categorical(const case_row *row, gt_tensor *const inputs[])
{
    (void)row;
    return gt_categorical_crossentropy(tape, inputs[0], inputs[1]);
}

static gt_tensor *run_softmax(const case_row *row, gt_tensor *const inputs[])
{
    (void)row;
    return gt_softmax_cross_entropy(tape, inputs[0], inputs[1]);
}

static gt_tensor *run_binary(const case_row *row, gt_tensor *const inputs[])
{
    return case_integer(row, "from_logits", 0) ? gt_sigmoid_cross_entropy(tape, inputs[0], inputs[1])
                                               : gt_binary_crossentropy(tape, inputs[0], inputs[1]);
}

START_TEST(mean_squared_error_agrees_with_torch)
{
    static const char *const names[] = {"prediction", "target", NULL};
    torch_expect("mean_squared_error", _i, names, run_mean_squared_error, 1e-10);
}
END_TEST

START_TEST(categorical_crossentropy_agrees_with_torch)
{
    static const char *const names[] = {"probabilities", "labels", NULL};
    torch_expect("categorical_crossentropy", _i, names, run_categorical, 1e-10);
}
END_TEST

START_TEST(softmax_cross_entropy_agrees_with_torch)
{
    static const char *const names[] = {"logits", "labels", NULL};
    torch_expect("softmax_cross_entropy", _i, names, run_softmax, 1e-10);
}
END_TEST

enum { PROBABILITY_CASES = 7 };

START_TEST(binary_crossentropy_agrees_with_torch)
{
    static const char *const probabilities[] = {"probabilities", "labels", NULL}, *const logits[] = {"logits", "labels",
                                                                                                     NULL};
    torch_expect("binary_crossentropy", _i, _i < PROBABILITY_CASES ? probabilities : logits, run_binary, 1e-10);
}
END_TEST

/* ---- the course's numbers --------------------------------------------------------------------------------------- */

static gt_tensor *watched_case(const char *folder, const char *array)
{
    gt_tensor *tensor = from_case(folder, array, GT_FLOAT64);
    ck_assert_int_eq(gt_tape_watch(tape, tensor), GT_OK);
    return tensor;
}

START_TEST(course_numbers)
{
    static const char folder[] = "seed_cases/losses";
    gt_tensor *logits = watched_case(folder, "logits"), *one_hot = from_case(folder, "onehot", GT_FLOAT64);
    gt_tensor *numbers = from_case(folder, "labels", GT_INT32), *p = gt_softmax(tape, logits, -1);
    gt_tensor *losses[] = {
        gt_softmax_cross_entropy(tape, logits, one_hot), gt_softmax_cross_entropy(tape, logits, numbers),
        gt_categorical_crossentropy(tape, p, one_hot), gt_categorical_crossentropy(tape, p, numbers)};
    for (int i = 0; i < 4; i++) {
        expect_case(losses[i], folder, "loss", 1e-12);
        expect_case(gradient(losses[i], logits), folder, "dlogits", 1e-12);
    }
    expect_case(gradient(losses[2], p), folder, "cce_clip1e-7_dp", 1e-12);
    gt_tensor *squares = gt_mean_squared_error(tape, p, one_hot);
    expect_case(squares, folder, "mse", 1e-12);
    expect_case(gradient(squares, p), folder, "dmse_dp", 1e-12);
}
END_TEST

START_TEST(labels_need_not_sum_to_one)
{
    static const char folder[] = "seed_cases/xent_unnormalised";
    gt_tensor *logits = watched_case(folder, "logits"), *labels = from_case(folder, "labels", GT_FLOAT64);
    gt_tensor *loss = gt_softmax_cross_entropy(tape, logits, labels), *found = gradient(loss, logits);
    expect_case(loss, folder, "loss", 1e-12);
    expect_case(found, folder, "dlogits", 1e-12);
    gt_tensor *wrong = from_case(folder, "dlogits_tf", GT_FLOAT64);
    ck_assert_double_gt(fabs(gt_tensor_at(found, 0) - gt_tensor_at(wrong, 0)), 1e-3);
}
END_TEST

START_TEST(simple_net_of_the_mnist_notebook)
{
    static const char folder[] = "seed_cases/simplenet";
    gt_tensor *weight = watched_case(folder, "W"), *x = from_case(folder, "x", GT_FLOAT64);
    gt_tensor *labels = from_case(folder, "t", GT_FLOAT64), *logits = gt_matmul(tape, x, weight, NULL);
    gt_tensor *loss = gt_softmax_cross_entropy(tape, logits, labels);
    expect_case(logits, folder, "logits", 1e-12);
    expect_case(gt_softmax(tape, logits, -1), folder, "y", 1e-12);
    expect_case(loss, folder, "loss", 1e-12);
    expect_case(loss, folder, "loss_printed", 1e-6);
    expect_case(gradient(loss, weight), folder, "dW", 1e-12);
    expect_case(gradient(loss, weight), folder, "dW_printed", 1e-6);
}
END_TEST

START_TEST(dense_layers_of_the_digits_lab)
{
    static const char *const folders[] = {"seed_cases/dense_single", "seed_cases/dense_batch4"};
    for (int i = 0; i < 2; i++) {
        gt_tensor *x = watched_case(folders[i], "X"), *weight = watched_case(folders[i], "W");
        gt_tensor *bias = watched_case(folders[i], "b"), *z = gt_linear(tape, x, weight, bias);
        gt_tensor *a = gt_sigmoid(tape, z);
        expect_case(z, folders[i], "Z", 1e-12);
        expect_case(a, folders[i], "A", 1e-12);
        expect_case(a, folders[i], "A_printed", 5e-9);
        expect_case(gradient(a, x), folders[i], "dX", 1e-12);
        expect_case(gradient(a, weight), folders[i], "dW", 1e-12);
        expect_case(gradient(a, bias), folders[i], "db", 1e-12);
    }
}
END_TEST

/* ---- edges ------------------------------------------------------------------------------------------------------ */

START_TEST(logits_of_a_thousand_stay_finite)
{
    gt_tensor *logits = variable(GT_SHAPE(2, 2), VALUES(1000, -1000, -1000, 1000));
    gt_tensor *numbers = constant(GT_INT32, GT_SHAPE(2), VALUES(1, 1));
    gt_tensor *loss = gt_softmax_cross_entropy(tape, logits, numbers);
    expect(loss, GT_SCALAR, VALUES(1000), 1e-12); /* (2000 + 0) / 2 */
    expect(gradient(loss, logits), GT_SHAPE(2, 2), VALUES(0.5, -0.5, 0, 0), 1e-15);
    gt_tensor *truth = constant(GT_FLOAT64, GT_SHAPE(2, 2), VALUES(0, 0, 1, 1));
    gt_tensor *binary = gt_sigmoid_cross_entropy(tape, logits, truth);
    expect(binary, GT_SCALAR, VALUES(500), 1e-12);
    expect(gradient(binary, logits), GT_SHAPE(2, 2), VALUES(0.25, 0, -0.25, 0), 1e-15);
}
END_TEST

START_TEST(a_masked_logit_does_not_count)
{
    gt_tensor *logits = variable(GT_SHAPE(1, 3), VALUES(0, -infinity, 0));
    gt_tensor *labels = constant(GT_FLOAT64, GT_SHAPE(1, 3), VALUES(1, 0, 0));
    gt_tensor *loss = gt_softmax_cross_entropy(tape, logits, labels);
    expect(loss, GT_SCALAR, VALUES(log(2)), 1e-15);
    expect(gradient(loss, logits), GT_SHAPE(1, 3), VALUES(-0.5, 0, 0.5), 1e-15);
}
END_TEST

START_TEST(nan_is_passed_on)
{
    const double nan = (double)NAN;
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(1, 2), VALUES(nan, 0.5));
    gt_tensor *labels = constant(GT_FLOAT32, GT_SHAPE(1, 2), VALUES(0, 1));
    expect(gt_softmax_cross_entropy(tape, x, labels), GT_SCALAR, &nan, 0);
    expect(gt_softmax_cross_entropy(tape, x, constant(GT_INT32, GT_SHAPE(1), VALUES(1))), GT_SCALAR, &nan, 0);
    expect(gt_categorical_crossentropy(tape, x, labels), GT_SCALAR, &nan, 0);
    expect(gt_binary_crossentropy(tape, x, labels), GT_SCALAR, &nan, 0);
    expect(gt_sigmoid_cross_entropy(tape, x, labels), GT_SCALAR, &nan, 0);
    expect(gt_mean_squared_error(tape, x, labels), GT_SCALAR, &nan, 0);
}
END_TEST

START_TEST(probabilities_of_0_and_1_are_clipped)
{
    gt_tensor *p = variable(GT_SHAPE(1, 2), VALUES(0, 1)), *labels = constant(GT_FLOAT64, GT_SHAPE(1, 2), VALUES(1, 0));
    const double least = -log(1e-7);
    gt_tensor *categorical = gt_categorical_crossentropy(tape, p, labels);
    gt_tensor *binary = gt_binary_crossentropy(tape, p, labels);
    expect(categorical, GT_SCALAR, VALUES(least), 1e-12);
    expect(binary, GT_SCALAR, VALUES(least), 1e-8); /* -log(1 - (1 - 1e-7)) */
    expect(gradient(categorical, p), GT_SHAPE(1, 2), VALUES(0, 0), 0);
    expect(gradient(binary, p), GT_SHAPE(1, 2), VALUES(0, 0), 0);
    gt_tensor *floats = constant(GT_FLOAT32, GT_SHAPE(1, 2), VALUES(0, 1));
    gt_tensor *numbers = constant(GT_INT32, GT_SHAPE(1), VALUES(0));
    expect(gt_categorical_crossentropy(tape, floats, numbers), GT_SCALAR, VALUES(least), 1e-5);
}
END_TEST

/* The loss divided by a mask's zero must not spoil anything: dy = 0 gives 0. */
START_TEST(zero_cotangent_gives_zero_gradient)
{
    gt_tensor *x = variable(GT_SHAPE(1, 2), VALUES((double)NAN, infinity)), *dx;
    gt_tensor *labels = constant(GT_FLOAT64, GT_SHAPE(1, 2), VALUES(1, 0)),
              *zero = constant(GT_FLOAT64, GT_SCALAR, VALUES(0));
    gt_tensor *numbers = constant(GT_INT32, GT_SHAPE(1), VALUES(1));
    gt_tensor *losses[] = {gt_softmax_cross_entropy(tape, x, labels),    gt_softmax_cross_entropy(tape, x, numbers),
                           gt_categorical_crossentropy(tape, x, labels), gt_categorical_crossentropy(tape, x, numbers),
                           gt_binary_crossentropy(tape, x, labels),      gt_sigmoid_cross_entropy(tape, x, labels),
                           gt_mean_squared_error(tape, x, labels)};
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        gt_gradient_options options = {.cotangents = &zero};
        ck_assert_int_eq(gt_tape_gradient_with(tape, &losses[i], 1, &x, &dx, &options), GT_OK);
        expect(dx, GT_SHAPE(1, 2), VALUES(0, 0), 0);
    }
}
END_TEST

START_TEST(leading_axes_are_all_batch)
{
    gt_tensor *logits = random_tensor(GT_FLOAT64, GT_SHAPE(2, 3, 4), 1),
              *flat = gt_reshape(tape, logits, GT_SHAPE(6, 4));
    gt_tensor *numbers = constant(GT_INT32, GT_SHAPE(2, 3), VALUES(0, 1, 2, 3, 0, 1));
    gt_tensor *row = constant(GT_INT32, GT_SHAPE(6), VALUES(0, 1, 2, 3, 0, 1));
    const double wanted = gt_tensor_item(gt_softmax_cross_entropy(tape, flat, row));
    expect(gt_softmax_cross_entropy(tape, logits, numbers), GT_SCALAR, &wanted, 0);
    gt_tensor *one = gt_softmax_cross_entropy(tape, constant(GT_FLOAT64, GT_SHAPE(2), VALUES(0, 0)),
                                              constant(GT_INT32, GT_SCALAR, VALUES(1)));
    expect(one, GT_SCALAR, VALUES(log(2)), 1e-15);
}
END_TEST

START_TEST(large_batches_do_not_depend_on_threads)
{
    enum { ROWS = 9001, CLASSES = 11 };
    gt_tensor *logits = random_tensor(GT_FLOAT32, GT_SHAPE(ROWS, CLASSES), 1);
    gt_tensor *labels = random_tensor(GT_FLOAT32, GT_SHAPE(ROWS, CLASSES), 2), *dx[2], *loss[2][3];
    gt_tape_watch(tape, logits);
    for (int i = 0; i < 2; i++) {
        gt_set_threads(i ? 4 : 1);
        loss[i][0] = gt_softmax_cross_entropy(tape, logits, labels);
        loss[i][1] = gt_mean_squared_error(tape, logits, labels);
        loss[i][2] = gt_sigmoid_cross_entropy(tape, logits, labels);
        dx[i] = gradient(loss[i][0], logits);
    }
    gt_set_threads(0);
    for (int k = 0; k < 3; k++)
        ck_assert_mem_eq(gt_tensor_data(loss[0][k]), gt_tensor_data(loss[1][k]), sizeof(float));
    ck_assert_mem_eq(gt_tensor_data(dx[0]), gt_tensor_data(dx[1]), ROWS * CLASSES * sizeof(float));
}
END_TEST

/* Towards labels the slope is the logit or a log-probability, which may be infinite. */
START_TEST(a_zero_cotangent_gives_labels_a_zero_gradient)
{
    static gt_tensor *(*const losses[])(gt_tape *, gt_tensor *, gt_tensor *) = {
        gt_softmax_cross_entropy, gt_sigmoid_cross_entropy, gt_categorical_crossentropy, gt_binary_crossentropy};
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(1, 2), VALUES(_i < 2 ? -INFINITY : NAN, 0.5));
    gt_tensor *labels = variable(GT_SHAPE(1, 2), VALUES(0, 1)), *dlabels = NULL;
    gt_tensor *loss = losses[_i](tape, x, labels), *zero = constant(GT_FLOAT64, GT_SCALAR, VALUES(0));
    const gt_gradient_options options = {.cotangents = &zero};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &loss, 1, &labels, &dlabels, &options), GT_OK);
    expect(dlabels, GT_SHAPE(1, 2), VALUES(0, 0), 0);
}
END_TEST

/* ---- messages --------------------------------------------------------------------------------------------------- */

START_TEST(labels_out_of_range_are_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(5, 10), 1);
    gt_tensor *high = constant(GT_INT32, GT_SHAPE(5), VALUES(0, 9, 1, 12, 99));
    gt_tensor *low = constant(GT_INT32, GT_SHAPE(5), VALUES(-1, 0, 0, 0, 0));
    expect_error(gt_softmax_cross_entropy(tape, x, high), GT_ERR_VALUE,
                 "softmax_cross_entropy: label 12 at 3 is outside 0..9");
    expect_error(gt_softmax_cross_entropy(tape, x, low), GT_ERR_VALUE, "label -1 at 0 is outside 0..9");
    expect_error(gt_categorical_crossentropy(tape, x, high), GT_ERR_VALUE,
                 "categorical_crossentropy: label 12 at 3 is outside 0..9");
}
END_TEST

START_TEST(labels_of_a_wrong_dtype_are_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(2, 3), 1),
              *doubles = random_tensor(GT_FLOAT64, GT_SHAPE(2, 3), 2);
    gt_tensor *bytes = constant(GT_UINT8, GT_SHAPE(2), VALUES(0, 1));
    expect_error(gt_softmax_cross_entropy(tape, x, bytes), GT_ERR_DTYPE,
                 "softmax_cross_entropy: labels are uint8, float32 like the predictions or int32 class numbers are "
                 "expected (gt_cast converts)");
    expect_error(gt_categorical_crossentropy(tape, x, doubles), GT_ERR_DTYPE, "labels are float64");
    expect_error(gt_mean_squared_error(tape, x, doubles), GT_ERR_DTYPE, "gt_cast converts");
    expect_error(gt_sigmoid_cross_entropy(tape, x, bytes), GT_ERR_DTYPE, "gt_cast converts");
}
END_TEST

START_TEST(labels_of_a_wrong_shape_are_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(2, 3), 1), *other = random_tensor(GT_FLOAT32, GT_SHAPE(2, 1), 2);
    gt_tensor *numbers = constant(GT_INT32, GT_SHAPE(2, 1), VALUES(0, 1));
    expect_error(gt_softmax_cross_entropy(tape, x, numbers), GT_ERR_SHAPE,
                 "class numbers are (2, 1), (2,) is expected for predictions (2, 3)");
    expect_error(gt_softmax_cross_entropy(tape, x, other), GT_ERR_SHAPE, "shapes differ: input 0 is (2, 3)");
    expect_error(gt_mean_squared_error(tape, x, other), GT_ERR_SHAPE, "shapes differ");
    expect_error(gt_binary_crossentropy(tape, other, x), GT_ERR_SHAPE, "binary_crossentropy: shapes differ");
}
END_TEST

START_TEST(nothing_has_no_mean)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3))), *scalar = constant(GT_FLOAT32, GT_SCALAR, VALUES(1));
    gt_tensor *numbers = own(gt_tensor_new(GT_INT32, GT_SHAPE(0)));
    expect_error(gt_softmax_cross_entropy(tape, x, x), GT_ERR_SHAPE, "the mean of nothing: input 0 is (0, 3)");
    expect_error(gt_softmax_cross_entropy(tape, x, numbers), GT_ERR_SHAPE, "the mean of nothing");
    expect_error(gt_mean_squared_error(tape, x, x), GT_ERR_SHAPE, "mean_squared_error: the mean of nothing");
    expect_error(gt_softmax_cross_entropy(tape, scalar, scalar), GT_ERR_SHAPE, "input 0 is a scalar");
    expect_error(gt_softmax_cross_entropy(tape, scalar, numbers), GT_ERR_SHAPE, "input 0 is a scalar");
}
END_TEST

START_TEST(null_is_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(2, 3), 1);
    expect_error(gt_softmax_cross_entropy(tape, x, NULL), GT_ERR_ARGUMENT, "softmax_cross_entropy: input 1 is NULL");
    expect_error(gt_categorical_crossentropy(tape, NULL, x), GT_ERR_ARGUMENT, "input 0 is NULL");
    expect_error(gt_mean_squared_error(tape, NULL, x), GT_ERR_ARGUMENT, "input 0 is NULL");
    ck_assert_ptr_null(gt_binary_crossentropy(NULL, x, x));
}
END_TEST

int main(void)
{
    return run_suite_with(
        "losses", open_tape, close_tape,
        (const suite_test[]){
            LOOP_TEST(mean_squared_error_agrees_with_torch, torch_count("mean_squared_error")),
            LOOP_TEST(categorical_crossentropy_agrees_with_torch, torch_count("categorical_crossentropy")),
            LOOP_TEST(softmax_cross_entropy_agrees_with_torch, torch_count("softmax_cross_entropy")),
            LOOP_TEST(binary_crossentropy_agrees_with_torch, torch_count("binary_crossentropy")),
            TEST(course_numbers),
            TEST(labels_need_not_sum_to_one),
            TEST(simple_net_of_the_mnist_notebook),
            TEST(dense_layers_of_the_digits_lab),
            TEST(logits_of_a_thousand_stay_finite),
            TEST(a_masked_logit_does_not_count),
            TEST(nan_is_passed_on),
            TEST(probabilities_of_0_and_1_are_clipped),
            TEST(zero_cotangent_gives_zero_gradient),
            TEST(leading_axes_are_all_batch),
            TEST(large_batches_do_not_depend_on_threads),
            LOOP_TEST(a_zero_cotangent_gives_labels_a_zero_gradient, 4),
            TEST(labels_out_of_range_are_named),
            TEST(labels_of_a_wrong_dtype_are_named),
            TEST(labels_of_a_wrong_shape_are_named),
            TEST(nothing_has_no_mean),
            TEST(null_is_named),
            END_OF_TESTS,
        });
}
