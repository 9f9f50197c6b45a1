/* softmax and log_softmax: outside numbers, extremes, NaN, axes, messages. Samples against references, and gradients
 * against differences, are test_registry's. */
#include <math.h>

#include "core/op.h"
#include "core/threads.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"
#include "tests/support/torch.h"

static const char *const names[] = {"x", NULL};

static gt_tensor *run_softmax(const case_row *row, gt_tensor *const inputs[])
{
    return gt_softmax(tape, inputs[0], (int)case_integer(row, "axis", 99));
}

static gt_tensor *run_log_softmax(const case_row *row, gt_tensor *const inputs[])
{
    return gt_log_softmax(tape, inputs[0], (int)case_integer(row, "axis", 99));
}

START_TEST(softmax_agrees_with_torch)
{
    torch_expect("softmax", _i, names, run_softmax, 1e-10);
}
END_TEST

START_TEST(log_softmax_agrees_with_torch)
{
    torch_expect("log_softmax", _i, names, run_log_softmax, 1e-10);
}
END_TEST

START_TEST(course_numbers)
{
    gt_tensor *four = from_case("seed_cases/softmax4", "z", GT_FLOAT64);
    expect_case(gt_softmax(tape, four, -1), "seed_cases/softmax4", "a", 1e-12);
    expect_case(gt_softmax(tape, four, -1), "seed_cases/softmax4", "a_printed", 5e-3);
    gt_tensor *digit = from_case("seed_cases/softmax_digit2", "logits", GT_FLOAT64);
    expect_case(gt_softmax(tape, digit, 1), "seed_cases/softmax_digit2", "p", 1e-12);
}
END_TEST

START_TEST(jacobian_is_the_course_s)
{
    gt_tensor *z = from_case("seed_cases/softmax4", "z", GT_FLOAT64);
    gt_tensor *jacobian = own(gt_op_jacobian(gt_op_find("softmax"), &z, 1, &(gt_axis_attributes){0}, 0));
    expect_case(jacobian, "seed_cases/softmax4", "jacobian", 1e-12);
}
END_TEST

START_TEST(each_row_is_divided_by_its_own_sum)
{
    gt_tensor *z = from_case("seed_cases/softmax_batch", "z", GT_FLOAT64);
    gt_tensor *p = gt_softmax(tape, z, 1), *wrong = from_case("seed_cases/softmax_batch", "p_seedbug", GT_FLOAT64);
    expect_case(p, "seed_cases/softmax_batch", "p", 1e-12);
    ck_assert_double_gt(fabs(gt_tensor_at(p, 0) - gt_tensor_at(wrong, 0)), 0.01);
}
END_TEST

START_TEST(logits_of_a_thousand_do_not_overflow)
{
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(2, 3), VALUES(1000, 0, -1000, -1000, -1000, -1000));
    gt_tape_watch(tape, x);
    gt_tensor *y = gt_softmax(tape, x, 1), *z = gt_log_softmax(tape, x, 1);
    expect(y, GT_SHAPE(2, 3), VALUES(1, 0, 0, 1 / 3.0, 1 / 3.0, 1 / 3.0), 1e-7);
    expect(z, GT_SHAPE(2, 3), VALUES(0, -1000, -2000, -log(3), -log(3), -log(3)), 1e-6);
    expect(gradient(gt_sum(tape, gt_square(tape, y), NULL), x), GT_SHAPE(2, 3), VALUES(0, 0, 0, 0, 0, 0), 1e-7);
}
END_TEST

START_TEST(nan_spoils_its_row_alone)
{
    const double nan = (double)NAN, e = exp(1) / (1 + exp(1));
    for (int at = 0; at < 2; at++) {
        double values[] = {0, 0, 1, 0};
        values[at] = nan;
        gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(2, 2), values);
        expect(gt_softmax(tape, x, 1), GT_SHAPE(2, 2), VALUES(nan, nan, e, 1 - e), 1e-15);
        expect(gt_log_softmax(tape, x, 1), GT_SHAPE(2, 2), VALUES(nan, nan, log(e), log(1 - e)), 1e-15);
    }
}
END_TEST

START_TEST(minus_infinity_is_a_probability_of_zero)
{
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(3), VALUES(-(double)INFINITY, 0, 0));
    expect(gt_softmax(tape, x, 0), GT_SHAPE(3), VALUES(0, 0.5, 0.5), 1e-15);
    expect(gt_log_softmax(tape, x, 0), GT_SHAPE(3), VALUES(-(double)INFINITY, -log(2), -log(2)), 1e-15);
}
END_TEST

/* A row of nothing but minus infinity is NaN, and where masks it, its gradient is 0. */
START_TEST(zero_cotangent_gives_zero_gradient_beside_nan)
{
    const double low = -(double)INFINITY;
    gt_tensor *x = variable(GT_SHAPE(1, 2), VALUES(low, low));
    gt_tensor *zero = constant(GT_FLOAT64, GT_SHAPE(1, 2), VALUES(0, 0)), *dx;
    gt_tensor *results[] = {gt_softmax(tape, x, 1), gt_log_softmax(tape, x, 1)};
    for (int i = 0; i < 2; i++) {
        ck_assert(isnan(gt_tensor_at(results[i], 0)));
        gt_gradient_options options = {.cotangents = &zero};
        ck_assert_int_eq(gt_tape_gradient_with(tape, &results[i], 1, &x, &dx, &options), GT_OK);
        expect(dx, GT_SHAPE(1, 2), VALUES(0, 0), 0);
    }
}
END_TEST

START_TEST(an_axis_of_one_is_all_ones)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1), VALUES(5, -7));
    gt_tensor *y = gt_softmax(tape, x, 1);
    expect(y, GT_SHAPE(2, 1), VALUES(1, 1), 0);
    expect(gt_log_softmax(tape, x, 1), GT_SHAPE(2, 1), VALUES(0, 0), 0);
    expect(gradient(y, x), GT_SHAPE(2, 1), VALUES(0, 0), 0);
}
END_TEST

START_TEST(many_rows_do_not_depend_on_threads)
{
    const gt_shape shape = GT_SHAPE(40, 50, 33);
    gt_tensor *x = random_tensor(GT_FLOAT32, shape, 1);
    for (int axis = 0; axis < 3; axis++) {
        gt_set_threads(1);
        gt_tensor *one = gt_softmax(tape, x, axis);
        gt_set_threads(4);
        gt_tensor *four = gt_softmax(tape, x, axis);
        ck_assert_mem_eq(gt_tensor_data(one), gt_tensor_data(four), (size_t)gt_shape_size(&shape) * sizeof(float));
    }
    gt_set_threads(0);
}
END_TEST

START_TEST(bad_inputs_are_named)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(2, 3), 1), *scalar = constant(GT_FLOAT32, GT_SCALAR, VALUES(1));
    gt_tensor *whole = constant(GT_INT32, GT_SHAPE(2), VALUES(1, 2));
    expect_error(gt_softmax(tape, x, 2), GT_ERR_ARGUMENT, "softmax: axis 2 is out of range for (2, 3)");
    expect_error(gt_softmax(tape, x, -3), GT_ERR_ARGUMENT, "softmax: axis -3 is out of range for (2, 3)");
    expect_error(gt_log_softmax(tape, scalar, 0), GT_ERR_ARGUMENT, "log_softmax: axis 0 is out of range for ()");
    expect_error(gt_softmax(tape, whole, 0), GT_ERR_DTYPE, "softmax: input 0 is int32");
    expect_error(gt_softmax(tape, NULL, 0), GT_ERR_ARGUMENT, "softmax: input 0 is NULL");
    ck_assert_ptr_null(gt_softmax(NULL, x, 0));
}
END_TEST

int main(void)
{
    return run_suite_with("softmax", open_tape, close_tape,
                          (const suite_test[]){
                              LOOP_TEST(softmax_agrees_with_torch, torch_count("softmax")),
                              LOOP_TEST(log_softmax_agrees_with_torch, torch_count("log_softmax")),
                              TEST(course_numbers),
                              TEST(jacobian_is_the_course_s),
                              TEST(each_row_is_divided_by_its_own_sum),
                              TEST(logits_of_a_thousand_do_not_overflow),
                              TEST(nan_spoils_its_row_alone),
                              TEST(minus_infinity_is_a_probability_of_zero),
                              TEST(zero_cotangent_gives_zero_gradient_beside_nan),
                              TEST(an_axis_of_one_is_all_ones),
                              TEST(many_rows_do_not_depend_on_threads),
                              TEST(bad_inputs_are_named),
                              END_OF_TESTS,
                          });
}
