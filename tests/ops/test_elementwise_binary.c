/* The element-wise ops of two and three inputs: broadcasting, edges, NaN and infinity, zero cotangents, messages,
 * threads. Samples against references, and gradients against differences, are test_registry's. */
#include <math.h>
#include <string.h>

#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/elements.h"
#include "tests/support/suite.h"

/* ---- two inputs ------------------------------------------------------------------------------------------------- */

START_TEST(broadcasting_agrees_with_the_course_cases)
{
    static const struct {
        const char *folder;
        gt_tensor *(*op)(gt_tape *, gt_tensor *, gt_tensor *);
    } table[] = {
        {"seed_cases/broadcast_col_scalar_add", gt_add},
        {"seed_cases/broadcast_col_scalar_mul", gt_mul},
        {"seed_cases/broadcast_col_row_add", gt_add},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        gt_tensor *a = from_case(table[i].folder, "a", GT_FLOAT64), *b = from_case(table[i].folder, "b", GT_FLOAT64);
        expect_case(table[i].op(tape, a, b), table[i].folder, "out", 0);
    }
}
END_TEST

START_TEST(gradients_sum_over_what_was_stretched)
{
    gt_tensor *row = VARIABLE(1, 2, 3);
    gt_tensor *column = variable(GT_SHAPE(2, 1), VALUES(10, 20));
    gt_tensor *y = gt_mul(tape, row, column);
    EXPECT(y, 10, 20, 30, 20, 40, 60);
    EXPECT(gradient(y, row), 30, 30, 30);
    EXPECT(gradient(y, column), 6, 6);
    EXPECT(gradient(gt_sub(tape, row, column), column), -3, -3);
}
END_TEST

START_TEST(an_operand_may_stand_on_both_sides)
{
    gt_tensor *x = VARIABLE(3, -5);
    EXPECT(gradient(gt_mul(tape, x, x), x), 6, -10);
    EXPECT(gradient(gt_sub(tape, x, x), x), 0, 0);
    EXPECT(gradient(gt_div(tape, x, x), x), 0, 0);
    EXPECT(gradient(gt_maximum(tape, x, x), x), 1, 1);
}
END_TEST

START_TEST(shapes_that_do_not_broadcast_are_named)
{
    gt_tensor *a = random_tensor(GT_FLOAT64, GT_SHAPE(2, 3), 1), *b = random_tensor(GT_FLOAT64, GT_SHAPE(2), 2);
    expect_error(gt_sub(tape, a, b), GT_ERR_SHAPE, "sub: (2, 3) and (2,) do not broadcast");
    expect_error(gt_pow(tape, b, a), GT_ERR_SHAPE, "pow: (2,) and (2, 3) do not broadcast");
    expect_error(gt_less(tape, a, b), GT_ERR_SHAPE, "less: (2, 3) and (2,) do not broadcast");
    expect_error(gt_where(tape, BYTES(1, 0), a, a), GT_ERR_SHAPE, "where: (2,) and (2, 3) do not broadcast");
    expect_error(gt_where(tape, BYTES(1, 0, 1), a, b), GT_ERR_SHAPE, "where: (2, 3) and (2,) do not broadcast");
}
END_TEST

START_TEST(dtypes_are_never_mixed)
{
    gt_tensor *a = VARIABLE(1, 2), *b = FLOATS(1, 2);
    expect_error(gt_mul(tape, a, b), GT_ERR_DTYPE,
                 "mul: dtypes differ: input 0 is float64, input 1 float32 (gt_cast converts)");
    expect_error(gt_equal(tape, INTEGERS(1, 2), BYTES(1, 2)), GT_ERR_DTYPE,
                 "equal: dtypes differ: input 0 is int32, input 1 uint8");
    expect_error(gt_where(tape, BYTES(1, 0), a, b), GT_ERR_DTYPE, "where: dtypes differ: input 1 is float64");
    expect_error(gt_where(tape, a, a, a), GT_ERR_DTYPE, "where: input 0 is float64, uint8 is expected");
}
END_TEST

START_TEST(null_is_reported)
{
    gt_tensor *x = VARIABLE(1);
    expect_error(gt_relu(tape, NULL), GT_ERR_ARGUMENT, "relu: input 0 is NULL");
    expect_error(gt_dropout(tape, NULL, 0.5), GT_ERR_ARGUMENT, "dropout: input 0 is NULL");
    expect_error(gt_cast(tape, NULL, GT_INT32), GT_ERR_ARGUMENT, "cast: input 0 is NULL");
    expect_error(gt_mul(tape, x, NULL), GT_ERR_ARGUMENT, "mul: input 1 is NULL");
    expect_error(gt_where(tape, BYTES(1), x, NULL), GT_ERR_ARGUMENT, "where: input 2 is NULL");
    ck_assert_ptr_null(gt_dropout(NULL, x, 0.5));
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "dropout: the tape is NULL"));
    ck_assert_ptr_null(gt_clip(NULL, NULL, 0, 1));
}
END_TEST

START_TEST(maximum_and_minimum_pass_nan_on)
{
    gt_tensor *a = VARIABLE(NAN, 1, NAN, -INFINITY, 2), *b = VARIABLE(1, NAN, NAN, 0, 1);
    EXPECT(gt_maximum(tape, a, b), NAN, NAN, NAN, 0, 2);
    EXPECT(gt_minimum(tape, a, b), NAN, NAN, NAN, -INFINITY, 1);
}
END_TEST

START_TEST(ties_give_the_whole_derivative_to_the_first)
{
    gt_tensor *a = VARIABLE(1, 2, 3), *b = VARIABLE(1, 3, 2);
    gt_tensor *larger = gt_maximum(tape, a, b), *smaller = gt_minimum(tape, a, b);
    EXPECT(gradient(larger, a), 1, 0, 1);
    EXPECT(gradient(larger, b), 0, 1, 0);
    EXPECT(gradient(smaller, a), 1, 1, 0);
    EXPECT(gradient(smaller, b), 0, 0, 1);
}
END_TEST

START_TEST(mul_no_nan_is_zero_where_b_is_zero)
{
    gt_tensor *a = VARIABLE(INFINITY, NAN, 2, NAN), *b = VARIABLE(0, -0.0, 3, 1);
    gt_tensor *y = gt_mul_no_nan(tape, a, b);
    EXPECT(y, 0, 0, 6, NAN);
    EXPECT(gradient(y, a), 0, 0, 3, 1);
    EXPECT(gradient(y, b), INFINITY, NAN, 2, NAN); /* the slope towards b is a, also at 0 */
}
END_TEST

START_TEST(pow_at_its_edges)
{
    gt_tensor *a = VARIABLE(0, 0, 0, -2, 2, -2), *b = VARIABLE(0, 2, 1, 3, -1, 0.5);
    gt_tensor *y = gt_pow(tape, a, b);
    EXPECT(y, 1, 0, 0, -8, 0.5, NAN);
    EXPECT(gradient(y, a), 0, 0, 1, 12, -0.25, NAN);
    gt_tensor *db = gradient(y, b);
    EXPECT_NEAR(db, 0, 0, 0, NAN, 0.34657359027997264, NAN); /* log(2) / 2 */
}
END_TEST

START_TEST(pow_towards_an_exponent_at_base_zero_is_zero)
{
    gt_tensor *a = VARIABLE(0, 0, 0, 1), *b = VARIABLE(-1, 0, 2, 5);
    gt_tensor *y = gt_pow(tape, a, b);
    EXPECT(y, INFINITY, 1, 0, 1);
    gt_tensor *db = gradient(y, b);
    EXPECT(db, 0, 0, 0, 0);
    EXPECT(gradient(db, b), 0, 0, 0, 0);
}
END_TEST

START_TEST(pow_of_integers_has_higher_derivatives_at_zero)
{
    gt_tensor *x = VARIABLE(0, -2);
    gt_tensor *first = gradient(gt_pow(tape, x, SCALAR(3)), x);
    EXPECT(first, 0, 12);
    gt_tensor *second = gradient(first, x);
    EXPECT(second, 0, -12);
    gt_tensor *third = gradient(second, x);
    EXPECT(third, 6, 6);
    EXPECT(gradient(third, x), 0, 0);
}
END_TEST

/* ---- zero cotangents and where ---------------------------------------------------------------------------------- */

static gt_tensor *reciprocal(gt_tape *t, gt_tensor *x)
{
    return gt_div(t, gt_fill(t, GT_FLOAT64, GT_SCALAR, 1), x);
}

static gt_tensor *power(gt_tape *t, gt_tensor *x, double exponent)
{
    return gt_pow(t, x, gt_fill(t, GT_FLOAT64, GT_SCALAR, exponent));
}

static gt_tensor *root_by_pow(gt_tape *t, gt_tensor *x)
{
    return power(t, x, 0.5);
}

static gt_tensor *reciprocal_by_pow(gt_tape *t, gt_tensor *x)
{
    return power(t, x, -1);
}

static gt_tensor *exponential_of_reciprocal(gt_tape *t, gt_tensor *x)
{
    return gt_exp(t, reciprocal(t, x));
}

static gt_tensor *product_with_reciprocal(gt_tape *t, gt_tensor *x)
{
    return gt_mul(t, reciprocal(t, x), gt_log(t, x));
}

static gt_tensor *square_of_reciprocal(gt_tape *t, gt_tensor *x)
{
    return gt_square(t, reciprocal(t, x));
}

static gt_tensor *sigmoid_of_nan(gt_tape *t, gt_tensor *x)
{
    return gt_sigmoid(t, gt_tanh(t, gt_div(t, x, x)));
}

static gt_tensor *abs_of_log(gt_tape *t, gt_tensor *x)
{
    return gt_abs(t, gt_mul_no_nan(t, gt_log(t, x), x));
}

static gt_tensor *relu_of_nan(gt_tape *t, gt_tensor *x)
{
    return gt_maximum(t, gt_leaky_relu(t, gt_relu(t, gt_clip(t, gt_div(t, x, x), 0, 9)), 0.1), x);
}

static const struct {
    const char *name;
    gt_tensor *(*op)(gt_tape *, gt_tensor *);
} poisoned[] = {
    {"log", gt_log},
    {"sqrt", gt_sqrt},
    {"1 / x", reciprocal},
    {"x^0.5", root_by_pow},
    {"x^-1", reciprocal_by_pow},
    {"exp(1 / x)", exponential_of_reciprocal},
    {"log(x) / x", product_with_reciprocal},
    {"(1 / x)^2", square_of_reciprocal},
    {"sigmoid(tanh(x / x))", sigmoid_of_nan},
    {"|x log(x)|", abs_of_log},
    {"relu(x / x)", relu_of_nan},
};
enum { POISONED = sizeof poisoned / sizeof poisoned[0] };

/* pytorch #23395, #68425, jax #347: the branch not taken is infinite, or has an infinite slope, at 0. */
START_TEST(the_branch_not_taken_poisons_no_gradient)
{
    gt_tensor *x = VARIABLE(0, 2), *zero = SCALAR(0);
    gt_tensor *safe = gt_where(tape, gt_greater(tape, x, zero), poisoned[_i].op(tape, x), zero);
    gt_tensor *dx = gradient(safe, x);
    gt_tensor *second = gradient_or_null(dx, x);
    ck_assert_msg(gt_tensor_at(dx, 0) == 0, "%s: %g", poisoned[_i].name, gt_tensor_at(dx, 0));
    ck_assert_msg(isfinite(gt_tensor_at(dx, 1)), "%s at 2: %g", poisoned[_i].name, gt_tensor_at(dx, 1));
    ck_assert_msg(!second || gt_tensor_at(second, 0) == 0, "%s, second: %g", poisoned[_i].name,
                  second ? gt_tensor_at(second, 0) : 0);
}
END_TEST

START_TEST(a_zero_cotangent_gives_zero_at_an_infinite_slope)
{
    gt_tensor *x = VARIABLE(0, 4), *dx = NULL, *y = poisoned[_i].op(tape, x);
    gt_tensor *zeros = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(2)));
    const gt_gradient_options options = {.cotangents = &zeros};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &x, &dx, &options), GT_OK);
    EXPECT(dx, 0, 0);
}
END_TEST

START_TEST(an_infinite_multiple_of_a_zero_cotangent_is_zero)
{
    gt_tensor *x = VARIABLE(1, 2), *y = gt_mul(tape, gt_scale(tape, x, INFINITY), VARIABLE(0, 1));
    EXPECT(gradient(y, x), 0, INFINITY);
    gt_tensor *narrow = gt_scale(tape, gt_cast(tape, x, GT_FLOAT32), 1e300); /* infinite as a float */
    EXPECT(gradient(gt_mul(tape, narrow, FLOATS(0, 1)), x), 0, INFINITY);
}
END_TEST

START_TEST(slopes_are_infinite_where_asked_for)
{
    gt_tensor *x = VARIABLE(0, 4);
    EXPECT(gradient(gt_log(tape, x), x), INFINITY, 0.25);
    EXPECT(gradient(gt_sqrt(tape, x), x), INFINITY, 0.25);
    EXPECT(gradient(reciprocal(tape, x), x), -INFINITY, -0.0625);
}
END_TEST

START_TEST(where_takes_any_byte_but_zero_for_true)
{
    gt_tensor *a = VARIABLE(1, 2, 3, NAN), *b = VARIABLE(NAN, INFINITY, -3, -4);
    gt_tensor *y = gt_where(tape, BYTES(255, 1, 2, 0), a, b);
    EXPECT(y, 1, 2, 3, -4);
    EXPECT(gradient(y, a), 1, 1, 1, 0);
    EXPECT(gradient(y, b), 0, 0, 0, 1);
}
END_TEST

START_TEST(where_broadcasts_all_three)
{
    gt_tensor *condition = constant(GT_UINT8, GT_SHAPE(2, 1), VALUES(1, 0));
    gt_tensor *a = VARIABLE(1, 2, 3), *b = VARIABLE(-1);
    gt_tensor *y = gt_where(tape, condition, a, b);
    EXPECT(y, 1, 2, 3, -1, -1, -1);
    EXPECT(gradient(y, a), 1, 1, 1);
    EXPECT(gradient(y, b), 3);
}
END_TEST

/* ---- comparisons ------------------------------------------------------------------------------------------------ */

typedef gt_tensor *binary(gt_tape *, gt_tensor *, gt_tensor *);
static const struct {
    binary *op;
    bool less, same, greater, unordered; /* the answer where a < b, a == b, a > b, and where one is NaN */
} comparisons[] = {
    {gt_equal, false, true, false, false},   {gt_not_equal, true, false, true, true},
    {gt_less, true, false, false, false},    {gt_less_equal, true, true, false, false},
    {gt_greater, false, false, true, false}, {gt_greater_equal, false, true, true, false},
};
enum { COMPARISONS = sizeof comparisons / sizeof comparisons[0] };

START_TEST(comparisons_of_every_dtype)
{
    binary *op = comparisons[_i].op;
    double less = comparisons[_i].less, same = comparisons[_i].same, greater = comparisons[_i].greater;
    double unordered = comparisons[_i].unordered;
    gt_tensor *y = op(tape, VARIABLE(1, 2, 3, NAN, 1, NAN, -INFINITY, 0), VARIABLE(2, 2, 2, 1, NAN, NAN, 0, -0.0));
    ck_assert_int_eq(gt_tensor_dtype(y), GT_UINT8);
    EXPECT(y, less, same, greater, unordered, unordered, unordered, less, same);
    EXPECT(op(tape, FLOATS(1, 2, 3, NAN), FLOATS(2, 2, 2, 1)), less, same, greater, unordered);
    EXPECT(op(tape, INTEGERS(INT32_MIN, 7, 16777217), INTEGERS(INT32_MAX, 7, 16777216)), less, same, greater);
    EXPECT(op(tape, BYTES(0, 255, 255), BYTES(255, 255, 0)), less, same, greater);
}
END_TEST

START_TEST(comparisons_broadcast)
{
    gt_tensor *column = constant(GT_INT32, GT_SHAPE(2, 1), VALUES(1, 2));
    gt_tensor *y = gt_less(tape, column, INTEGERS(0, 2, 3));
    ck_assert_int_eq(gt_tensor_dim(y, 0), 2);
    EXPECT(y, 0, 1, 1, 0, 0, 1);
}
END_TEST

START_TEST(comparisons_carry_no_gradient)
{
    gt_tensor *x = VARIABLE(1, -1);
    gt_tensor *mask = gt_cast(tape, gt_greater(tape, x, SCALAR(0)), GT_FLOAT64);
    ck_assert_ptr_null(gradient_or_null(mask, x));
    EXPECT(gradient(gt_mul(tape, x, mask), x), 1, 0);
}
END_TEST

/* ---- threads ---------------------------------------------------------------------------------------------------- */

/* Past the sizes where work is shared out: every path of the loops, with a step of 0 and of 1 on either side. */
START_TEST(large_tensors_give_the_same_bits_on_any_threads)
{
    const gt_shape shapes[] = {GT_SHAPE(70001), GT_SHAPE(1), GT_SHAPE(701, 103), GT_SHAPE(103), GT_SHAPE(701, 1)};
    static const int pairs[][2] = {{0, 0}, {0, 1}, {1, 0}, {2, 3}, {3, 2}, {2, 4}, {4, 2}, {4, 3}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        gt_tensor *a = random_tensor(GT_FLOAT32, shapes[pairs[i][0]], 2 * i);
        gt_tensor *b = random_tensor(GT_FLOAT32, shapes[pairs[i][1]], 2 * i + 1), *result[2][4];
        for (int run = 0; run < 2; run++) {
            gt_set_threads(run ? 4 : 1);
            gt_tape_seed(tape, 5);
            gt_tensor *less = gt_less(tape, a, b);
            gt_tensor *all[] = {less, gt_mul(tape, a, b), gt_where(tape, less, a, b), gt_dropout(tape, a, 0.5)};
            memcpy(result[run], all, sizeof all);
        }
        for (int j = 0; j < 4; j++)
            ck_assert_mem_eq(gt_tensor_data(result[0][j]), gt_tensor_data(result[1][j]),
                             (size_t)gt_tensor_size(result[0][j]) * gt_dtype_size(gt_tensor_dtype(result[0][j])));
        const float *product = gt_tensor_data(result[0][1]);
        int64_t n = gt_tensor_size(result[0][1]), columns = pairs[i][0] < 2 ? 70001 : 103;
        for (int64_t k = 0; k < n; k += 997) {
            int64_t at[] = {k, 0, k, k % columns, k / columns};
            float expected = (float)gt_tensor_at(a, at[pairs[i][0]]) * (float)gt_tensor_at(b, at[pairs[i][1]]);
            ck_assert(product[k] == expected);
        }
    }
}
END_TEST

int main(void)
{
    return run_suite_with("elementwise_binary", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(broadcasting_agrees_with_the_course_cases),
                              TEST(gradients_sum_over_what_was_stretched),
                              TEST(an_operand_may_stand_on_both_sides),
                              TEST(shapes_that_do_not_broadcast_are_named),
                              TEST(dtypes_are_never_mixed),
                              TEST(null_is_reported),
                              TEST(maximum_and_minimum_pass_nan_on),
                              TEST(ties_give_the_whole_derivative_to_the_first),
                              TEST(mul_no_nan_is_zero_where_b_is_zero),
                              TEST(pow_at_its_edges),
                              TEST(pow_towards_an_exponent_at_base_zero_is_zero),
                              TEST(pow_of_integers_has_higher_derivatives_at_zero),
                              LOOP_TEST(the_branch_not_taken_poisons_no_gradient, POISONED),
                              LOOP_TEST(a_zero_cotangent_gives_zero_at_an_infinite_slope, POISONED),
                              TEST(an_infinite_multiple_of_a_zero_cotangent_is_zero),
                              TEST(slopes_are_infinite_where_asked_for),
                              TEST(where_takes_any_byte_but_zero_for_true),
                              TEST(where_broadcasts_all_three),
                              LOOP_TEST(comparisons_of_every_dtype, COMPARISONS),
                              TEST(comparisons_broadcast),
                              TEST(comparisons_carry_no_gradient),
                              TEST(large_tensors_give_the_same_bits_on_any_threads),
                              END_OF_TESTS,
                          });
}
