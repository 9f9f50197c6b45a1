/* layer_norm: values by hand, against mean and var, large means, edges, messages. Samples against references, and
 * gradients against differences, are test_registry's. */
#include <math.h>

#include "ops/ops.h"
#include "tests/support/composed.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

/* Rows 1, 3 and -2, 2: means 2 and 0, deviations 1 and 2. */
START_TEST(values_by_hand)
{
    gt_tensor *x = variable(GT_SHAPE(2, 2), VALUES(1, 3, -2, 2));
    gt_tensor *gamma = variable(GT_SHAPE(2), VALUES(10, 100)), *beta = variable(GT_SHAPE(2), VALUES(1, 2));
    gt_tensor *y = gt_layer_norm(tape, x, gamma, beta, 0);
    expect(y, GT_SHAPE(2, 2), VALUES(-9, 102, -9, 102), 1e-13);
    gt_tensor *weighted = gt_mul(tape, y, constant(GT_FLOAT64, GT_SHAPE(2, 2), VALUES(1, 2, 3, 4)));
    expect(gradient(weighted, beta), GT_SHAPE(2), VALUES(4, 6), 0);
    expect(gradient(weighted, gamma), GT_SHAPE(2), VALUES(-4, 6), 1e-13);
    /* Of two numbers each is always one deviation from the mean. */
    expect(gradient(weighted, x), GT_SHAPE(2, 2), VALUES(0, 0, 0, 0), 1e-12);
}
END_TEST

/* (x - mean) / sqrt(var + epsilon) of ops that know nothing of layer_norm. */
static gt_tensor *spelled_out(gt_tape *on, gt_tensor *const inputs[])
{
    const gt_axes last = {.count = 1, .axis = {-1}, .keepdims = true};
    gt_tensor *x = inputs[0], *centred = gt_sub(on, x, gt_mean(on, x, &last));
    gt_tensor *raised = gt_add(on, gt_var(on, x, &last), gt_fill(on, GT_FLOAT64, GT_SCALAR, 1e-3));
    return gt_add(on, gt_mul(on, gt_div(on, centred, gt_sqrt(on, raised)), inputs[1]), inputs[2]);
}

static gt_tensor *fused(gt_tape *on, gt_tensor *const inputs[])
{
    return gt_layer_norm(on, inputs[0], inputs[1], inputs[2], 1e-3);
}

START_TEST(is_what_it_says_and_so_are_its_gradients)
{
    gt_tensor *input[] = {random_tensor(GT_FLOAT64, GT_SHAPE(3, 2, 5), 1), random_tensor(GT_FLOAT64, GT_SHAPE(5), 2),
                          random_tensor(GT_FLOAT64, GT_SHAPE(5), 3)};
    for (int i = 0; i < 3; i++)
        gt_tape_watch(tape, input[i]);
    gt_tensor *y = fused(tape, input), *expected = spelled_out(tape, input);
    expect(y, GT_SHAPE(3, 2, 5), gt_tensor_data(expected), 1e-13);
    for (int i = 0; i < 3; i++) {
        gt_tensor *found = gradient(gt_exp(tape, y), input[i]), *wanted = gradient(gt_exp(tape, expected), input[i]);
        expect(found, gt_tensor_shape(input[i]), gt_tensor_data(wanted), 1e-11);
        for (int j = 0; j < 3; j++)
            expect(gradient(gt_square(tape, found), input[j]), gt_tensor_shape(input[j]),
                   gt_tensor_data(gradient(gt_square(tape, wanted), input[j])), 1e-8);
    }
}
END_TEST

START_TEST(gradients_agree_with_differences_at_once)
{
    gt_tensor *input[] = {random_tensor(GT_FLOAT64, GT_SHAPE(2, 4), 1), random_tensor(GT_FLOAT64, GT_SHAPE(4), 2),
                          random_tensor(GT_FLOAT64, GT_SHAPE(4), 3)};
    gradients_agree("layer_norm", fused, 3, input);
}
END_TEST

/* E[x^2] - mean^2 would lose all digits of float32 here. */
START_TEST(a_large_mean_does_not_cancel)
{
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(1, 4), VALUES(10000, 10001, 10002, 10003));
    gt_tensor *one = gt_fill(tape, GT_FLOAT32, GT_SHAPE(4), 1), *zero = gt_fill(tape, GT_FLOAT32, GT_SHAPE(4), 0);
    const double unit = 1 / sqrt(1.25);
    expect(gt_layer_norm(tape, x, one, zero, 0), GT_SHAPE(1, 4),
           VALUES(-1.5 * unit, -0.5 * unit, 0.5 * unit, 1.5 * unit), 1e-6);
}
END_TEST

/* The deviation of equal numbers is 0, and so is epsilon. */
START_TEST(a_zero_cotangent_gives_a_zero_gradient)
{
    gt_tensor *x = variable(GT_SHAPE(2, 2), VALUES(3, 3, 1, 2)), *gamma = variable(GT_SHAPE(2), VALUES(1, 1));
    gt_tensor *y = gt_layer_norm(tape, x, gamma, constant(GT_FLOAT64, GT_SHAPE(2), VALUES(0, 0)), 0);
    gt_tensor *second = gt_slice(tape, y, (const int64_t[]){1, 0}, (const int64_t[]){1, 1});
    expect(gradient(second, x), GT_SHAPE(2, 2), VALUES(0, 0, 0, 0), 1e-12);
    expect(gradient(second, gamma), GT_SHAPE(2), VALUES(-1, 0), 1e-12);
}
END_TEST

START_TEST(bad_input_is_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 3), 1), *three = random_tensor(GT_FLOAT64, GT_SHAPE(3), 2);
    gt_tensor *two = random_tensor(GT_FLOAT64, GT_SHAPE(2), 3), *single = random_tensor(GT_FLOAT32, GT_SHAPE(3), 4);
    gt_tensor *scalar = random_tensor(GT_FLOAT64, GT_SCALAR, 5), *whole = constant(GT_INT32, GT_SHAPE(1), VALUES(1));
    expect_error(gt_layer_norm(tape, x, two, three, 1e-3), GT_ERR_SHAPE, "layer_norm: input 1 is (2,)");
    expect_error(gt_layer_norm(tape, x, three, two, 1e-3), GT_ERR_SHAPE, "layer_norm: input 2 is (2,)");
    expect_error(gt_layer_norm(tape, x, three, single, 1e-3), GT_ERR_DTYPE, "layer_norm: dtypes differ");
    expect_error(gt_layer_norm(tape, scalar, three, three, 1e-3), GT_ERR_SHAPE,
                 "layer_norm: input 0 is (), (..., features) is expected");
    expect_error(gt_layer_norm(tape, whole, three, three, 1e-3), GT_ERR_DTYPE, "layer_norm: input 0 is int32");
    expect_error(gt_layer_norm(tape, x, three, three, -1), GT_ERR_ARGUMENT, "layer_norm: epsilon is -1");
    expect_error(gt_layer_norm(tape, x, three, three, (double)NAN), GT_ERR_ARGUMENT, "layer_norm: epsilon is nan");
    expect_error(gt_layer_norm(tape, x, NULL, three, 1e-3), GT_ERR_ARGUMENT, "layer_norm: input 1 is NULL");
}
END_TEST

int main(void)
{
    return run_suite_with(
        "layer_norm", open_tape, close_tape,
        (const suite_test[]){TEST(values_by_hand), TEST(is_what_it_says_and_so_are_its_gradients),
                             TEST(gradients_agree_with_differences_at_once), TEST(a_large_mean_does_not_cancel),
                             TEST(a_zero_cotangent_gives_a_zero_gradient), TEST(bad_input_is_named), END_OF_TESTS});
}
