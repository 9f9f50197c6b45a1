/* The element-wise ops of one input: edges, NaN and infinity, messages; casts; dropout. Samples against references, and
 * gradients against differences, are test_registry's. */
#include <math.h>
#include <string.h>

#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/elements.h"
#include "tests/support/suite.h"

/* ---- one input --------------------------------------------------------------------------------------------------- */

START_TEST(relu_keeps_nan_and_infinity)
{
    gt_tensor *y = gt_relu(tape, VARIABLE(NAN, -INFINITY, INFINITY, 2, -3, -0.0));
    EXPECT(y, NAN, 0, INFINITY, 2, 0, 0);
    ck_assert(!signbit(gt_tensor_at(y, 5)));
}
END_TEST

START_TEST(relu_has_slope_zero_at_zero)
{
    gt_tensor *x = VARIABLE(-1, 0, 1);
    EXPECT(gradient(gt_relu(tape, x), x), 0, 0, 1);
}
END_TEST

START_TEST(leaky_relu_agrees_with_the_course_case)
{
    gt_tensor *x = from_case("seed_cases/leaky_relu", "x", GT_FLOAT64);
    gt_tape_watch(tape, x);
    gt_tensor *y = gt_leaky_relu(tape, x, 0.3);
    expect_case(y, "seed_cases/leaky_relu", "y", 1e-12);
    expect_case(gradient(y, x), "seed_cases/leaky_relu", "dx", 1e-12);
}
END_TEST

START_TEST(leaky_relu_has_slope_alpha_at_zero)
{
    gt_tensor *x = VARIABLE(-1, 0, 1);
    EXPECT(gradient(gt_leaky_relu(tape, x, 0.25), x), 0.25, 0.25, 1);
    EXPECT(gradient(gt_leaky_relu(tape, x, -2), x), -2, -2, 1);
}
END_TEST

START_TEST(leaky_relu_of_alpha_zero_is_relu)
{
    gt_tensor *x = VARIABLE(NAN, -INFINITY, -2, 0, 3, INFINITY);
    gt_tensor *y = gt_leaky_relu(tape, x, 0);
    EXPECT(y, NAN, 0, 0, 0, 3, INFINITY);
    EXPECT(gradient(y, x), 1, 0, 0, 0, 1, 1);
}
END_TEST

START_TEST(leaky_relu_rejects_an_alpha_that_is_not_finite)
{
    expect_error(gt_leaky_relu(tape, VARIABLE(1), NAN), GT_ERR_ARGUMENT, "leaky_relu: alpha is nan");
    expect_error(gt_leaky_relu(tape, VARIABLE(1), INFINITY), GT_ERR_ARGUMENT, "leaky_relu: alpha is inf");
}
END_TEST

START_TEST(sigmoid_never_overflows)
{
    gt_tensor *x = VARIABLE(-INFINITY, -1000, 0, 1000, INFINITY, NAN);
    gt_tensor *y = gt_sigmoid(tape, x);
    EXPECT(y, 0, 0, 0.5, 1, 1, NAN);
    gt_tensor *slope = gradient(y, x);
    EXPECT(slope, 0, 0, 0.25, 0, 0, NAN);
    EXPECT(gradient(slope, x), 0, 0, 0, 0, 0, NAN);
}
END_TEST

START_TEST(sigmoid_keeps_small_values)
{
    EXPECT_NEAR(gt_scale(tape, gt_sigmoid(tape, VARIABLE(-700)), 1e304), 0.98596765437597708); /* e^-700 */
    gt_tensor *y = gt_sigmoid(tape, FLOATS(-80));
    ck_assert_double_eq_tol(gt_tensor_item(y) * 1e35, 1.8048513878454154, 1e-6); /* e^-80 */
    /* exp(-x) would be infinite here. */
    ck_assert_double_gt(gt_tensor_item(gt_sigmoid(tape, VARIABLE(-720))), 0);
    ck_assert_double_gt(gt_tensor_item(gt_sigmoid(tape, FLOATS(-95))), 0);
}
END_TEST

START_TEST(tanh_saturates)
{
    gt_tensor *x = VARIABLE(-1000, 0, 1000);
    gt_tensor *y = gt_tanh(tape, x);
    EXPECT(y, -1, 0, 1);
    EXPECT(gradient(y, x), 0, 1, 0);
}
END_TEST

START_TEST(third_derivatives_agree_with_formulas)
{
    static const struct {
        gt_tensor *(*op)(gt_tape *, gt_tensor *);
        double x, third;
    } table[] = {
        {gt_exp, 0, 1},    {gt_log, 2, 0.25},       {gt_sqrt, 1, 0.375},
        {gt_square, 3, 0}, {gt_sigmoid, 0, -0.125}, {gt_tanh, 0, -2},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        gt_tensor *x = VARIABLE(table[i].x);
        gt_tensor *third = gradient_or_null(gradient(gradient(table[i].op(tape, x), x), x), x);
        ck_assert_double_eq_tol(third ? gt_tensor_item(third) : 0, table[i].third, 1e-14);
    }
}
END_TEST

START_TEST(abs_and_sign_at_zero)
{
    gt_tensor *x = VARIABLE(-2, -0.0, 0, 3, NAN, -INFINITY);
    EXPECT(gt_sign(tape, x), -1, 0, 0, 1, NAN, -1);
    EXPECT(gt_abs(tape, x), 2, 0, 0, 3, NAN, INFINITY);
    EXPECT(gradient(gt_abs(tape, x), x), -1, 0, 0, 1, NAN, -1);
}
END_TEST

START_TEST(sign_has_no_gradient)
{
    gt_tensor *x = VARIABLE(-2, 3), *y = gt_sign(tape, x);
    ck_assert_ptr_null(gradient_or_null(y, x));
    ck_assert_ptr_nonnull(strstr(gt_tape_why_no_gradient(tape, y, x), "structurally zero"));
}
END_TEST

START_TEST(clip_includes_its_ends)
{
    gt_tensor *x = VARIABLE(-2, -1, 0, 1, 2, NAN, INFINITY);
    gt_tensor *y = gt_clip(tape, x, -1, 1);
    EXPECT(y, -1, -1, 0, 1, 1, NAN, 1);
    EXPECT(gradient(y, x), 0, 1, 1, 1, 0, 1, 0);
}
END_TEST

START_TEST(clip_may_be_open_at_an_end)
{
    EXPECT(gt_clip(tape, VARIABLE(-2, 5), 0, INFINITY), 0, 5);
    EXPECT(gt_clip(tape, VARIABLE(-2, 5), -INFINITY, INFINITY), -2, 5);
}
END_TEST

START_TEST(clip_rejects_low_above_high)
{
    expect_error(gt_clip(tape, VARIABLE(1), 2, 1), GT_ERR_ARGUMENT, "clip: low is 2, high is 1");
    expect_error(gt_clip(tape, VARIABLE(1), NAN, 1), GT_ERR_ARGUMENT, "clip: low is nan");
}
END_TEST

START_TEST(stop_gradient_is_a_constant)
{
    gt_tensor *x = VARIABLE(2, -3);
    gt_tensor *stopped = gt_stop_gradient(tape, x);
    EXPECT(stopped, 2, -3);
    ck_assert_ptr_ne(gt_tensor_data(stopped), gt_tensor_data(x));
    ck_assert_ptr_null(gradient_or_null(stopped, x));
    EXPECT(gradient(gt_mul(tape, x, stopped), x), 2, -3);
}
END_TEST

START_TEST(float_ops_reject_integers)
{
    expect_error(gt_exp(tape, INTEGERS(1)), GT_ERR_DTYPE, "exp: input 0 is int32, a float tensor is expected");
    expect_error(gt_mul(tape, BYTES(1), BYTES(1)), GT_ERR_DTYPE, "mul: input 0 is uint8");
}
END_TEST

/* ---- cast ------------------------------------------------------------------------------------------------------- */

START_TEST(cast_to_integers_truncates_and_saturates)
{
    gt_tensor *x = VARIABLE(1.9, -1.9, -0.5, 255.9, 256, 3e9, -3e9, INFINITY, -INFINITY, NAN);
    EXPECT(gt_cast(tape, x, GT_INT32), 1, -1, 0, 255, 256, INT32_MAX, INT32_MIN, INT32_MAX, INT32_MIN, 0);
    EXPECT(gt_cast(tape, x, GT_UINT8), 1, 0, 0, 255, 255, 255, 0, 255, 0, 0);
    gt_tensor *edges = VARIABLE(2147483646.5, 2147483647, -2147483648, -2147483648.5);
    EXPECT(gt_cast(tape, edges, GT_INT32), 2147483646, 2147483647, -2147483648.0, -2147483648.0);
    EXPECT(gt_cast(tape, FLOATS(2147483648.f, -2147483648.f, NAN, 7.5f), GT_INT32), INT32_MAX, INT32_MIN, 0, 7);
}
END_TEST

START_TEST(cast_between_integers_saturates)
{
    EXPECT(gt_cast(tape, INTEGERS(-1, 0, 255, 256, INT32_MAX), GT_UINT8), 0, 0, 255, 255, 255);
    EXPECT(gt_cast(tape, BYTES(0, 255), GT_INT32), 0, 255);
    EXPECT(gt_cast(tape, INTEGERS(INT32_MIN, 16777217), GT_FLOAT32), INT32_MIN, 16777216);
    EXPECT(gt_cast(tape, INTEGERS(INT32_MIN, 16777217), GT_FLOAT64), INT32_MIN, 16777217);
}
END_TEST

START_TEST(cast_between_floats_carries_the_gradient_back)
{
    gt_tensor *x = VARIABLE(0.1, -2, 1e300);
    gt_tensor *y = gt_cast(tape, x, GT_FLOAT32);
    ck_assert_int_eq(gt_tensor_dtype(y), GT_FLOAT32);
    EXPECT(y, (double)0.1f, -2, INFINITY);
    gt_tensor *dx = gradient(gt_scale(tape, y, 0.5), x);
    ck_assert_int_eq(gt_tensor_dtype(dx), GT_FLOAT64);
    EXPECT(dx, 0.5, 0.5, 0.5);
}
END_TEST

START_TEST(cast_through_integers_has_no_gradient)
{
    gt_tensor *x = VARIABLE(1.5, 2.5);
    gt_tensor *y = gt_cast(tape, gt_cast(tape, x, GT_INT32), GT_FLOAT64);
    EXPECT(y, 1, 2);
    ck_assert_ptr_null(gradient_or_null(y, x));
}
END_TEST

START_TEST(cast_rejects_what_is_no_dtype)
{
    gt_tensor *x = VARIABLE(1);
    const gt_dtype_attributes far = {(int64_t)1 << 32}; /* whose low half is float32 */
    expect_error(gt_cast(tape, x, (gt_dtype)7), GT_ERR_DTYPE, "cast: 7 is not a dtype");
    expect_error(gt_apply(tape, gt_op_find("cast"), &x, 1, &far), GT_ERR_DTYPE, "cast: 4294967296 is not a dtype");
}
END_TEST

/* ---- dropout ---------------------------------------------------------------------------------------------------- */

START_TEST(dropout_keeps_its_share_and_scales_it)
{
    enum { N = 100003 };
    static const double rates[] = {0.1, 0.5, 0.9};
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(N)));
    float *values = gt_tensor_data_write(x);
    for (int i = 0; i < N; i++)
        values[i] = 3;
    for (size_t r = 0; r < 3; r++) {
        const float *y = gt_tensor_data(gt_dropout(tape, x, rates[r]));
        float kept_value = 3 * (float)(1 / (1 - rates[r]));
        int kept = 0, pairs = 0;
        for (int i = 0; i < N; i++) {
            ck_assert(y[i] == 0 || y[i] == kept_value);
            kept += y[i] != 0;
            pairs += i > 0 && y[i] != 0 && y[i - 1] != 0;
        }
        double share = 1 - rates[r];
        ck_assert_double_lt(fabs(kept - N * share), 5 * sqrt(N * share * (1 - share)));
        ck_assert_double_lt(fabs(pairs - N * share * share), 10 * sqrt(N * share * share)); /* neighbours: apart */
    }
}
END_TEST

START_TEST(dropout_repeats_for_a_seed)
{
    enum { N = 1001 };
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(N), 3);
    gt_tape_seed(tape, 42);
    gt_tensor *first = gt_dropout(tape, x, 0.5), *second = gt_dropout(tape, x, 0.5);
    gt_tape_seed(tape, 42);
    gt_tensor *again = gt_dropout(tape, x, 0.5);
    gt_tape_seed(tape, 43);
    gt_tensor *other = gt_dropout(tape, x, 0.5);
    ck_assert_mem_eq(gt_tensor_data(first), gt_tensor_data(again), N * sizeof(double));
    ck_assert_mem_ne(gt_tensor_data(first), gt_tensor_data(second), N * sizeof(double));
    ck_assert_mem_ne(gt_tensor_data(first), gt_tensor_data(other), N * sizeof(double));
}
END_TEST

START_TEST(dropout_masks_the_gradient_alike)
{
    enum { N = 37 };
    double ones[N];
    for (int i = 0; i < N; i++)
        ones[i] = 1;
    gt_tensor *x = variable(GT_SHAPE(N), ones), *y = gt_dropout(tape, x, 0.25);
    gt_tensor *dx = gradient(y, x);
    ck_assert_mem_eq(gt_tensor_data(dx), gt_tensor_data(y), N * sizeof(double));
    gt_tensor *z = gt_dropout(tape, gt_square(tape, x), 0.25); /* a mask of its own, twice differentiable */
    gt_tensor *second = gradient(gradient(z, x), x);
    for (int i = 0; i < N; i++)
        ck_assert_double_eq(gt_tensor_at(second, i), 2 * gt_tensor_at(z, i));
}
END_TEST

/* Block 0 under key 0, from kat_vectors of the Random123 distribution: a word equal to the rate stays. */
START_TEST(dropout_compares_the_published_words_with_the_rate)
{
    static const uint32_t words[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    gt_tensor *x = VARIABLE(1, 1, 1, 1);
    for (int i = 0; i < 4; i++)
        for (uint32_t above = 0; above < 2; above++) {
            const gt_dropout_attributes attributes = {(words[i] + above) * 0x1p-32, 0, 0};
            gt_tensor *y = gt_apply(tape, gt_op_find("dropout"), &x, 1, &attributes);
            for (int j = 0; j < 4; j++)
                ck_assert_int_eq(gt_tensor_at(y, j) != 0, words[j] >= words[i] + above);
        }
}
END_TEST

START_TEST(dropout_drops_nan_and_infinity_too)
{
    double values[64];
    for (int i = 0; i < 64; i++)
        values[i] = i % 2 ? NAN : INFINITY;
    gt_tensor *y = gt_dropout(tape, variable(GT_SHAPE(64), values), 0.5);
    int dropped = 0;
    for (int i = 0; i < 64; i++)
        dropped += gt_tensor_at(y, i) == 0;
    ck_assert_int_gt(dropped, 10);
    ck_assert_int_lt(dropped, 54);
}
END_TEST

START_TEST(dropout_at_rate_zero_is_a_copy)
{
    gt_tensor *x = VARIABLE(1, NAN, -3), *y = gt_dropout(tape, x, 0);
    EXPECT(y, 1, NAN, -3);
    ck_assert_ptr_ne(gt_tensor_data(y), gt_tensor_data(x));
}
END_TEST

START_TEST(dropout_rejects_rates_outside_0_to_1)
{
    expect_error(gt_dropout(tape, VARIABLE(1), 1), GT_ERR_ARGUMENT, "dropout: the rate is 1, 0 <= rate < 1");
    expect_error(gt_dropout(tape, VARIABLE(1), -0.1), GT_ERR_ARGUMENT, "dropout: the rate is -0.1");
    expect_error(gt_dropout(tape, VARIABLE(1), NAN), GT_ERR_ARGUMENT, "dropout: the rate is nan");
}
END_TEST

int main(void)
{
    return run_suite_with("elementwise_unary", open_tape, close_tape,
                          (const suite_test[]){
                              TEST(relu_keeps_nan_and_infinity),
                              TEST(relu_has_slope_zero_at_zero),
                              TEST(leaky_relu_agrees_with_the_course_case),
                              TEST(leaky_relu_has_slope_alpha_at_zero),
                              TEST(leaky_relu_of_alpha_zero_is_relu),
                              TEST(leaky_relu_rejects_an_alpha_that_is_not_finite),
                              TEST(sigmoid_never_overflows),
                              TEST(sigmoid_keeps_small_values),
                              TEST(tanh_saturates),
                              TEST(third_derivatives_agree_with_formulas),
                              TEST(abs_and_sign_at_zero),
                              TEST(sign_has_no_gradient),
                              TEST(clip_includes_its_ends),
                              TEST(clip_may_be_open_at_an_end),
                              TEST(clip_rejects_low_above_high),
                              TEST(stop_gradient_is_a_constant),
                              TEST(float_ops_reject_integers),
                              TEST(cast_to_integers_truncates_and_saturates),
                              TEST(cast_between_integers_saturates),
                              TEST(cast_between_floats_carries_the_gradient_back),
                              TEST(cast_through_integers_has_no_gradient),
                              TEST(cast_rejects_what_is_no_dtype),
                              TEST(dropout_keeps_its_share_and_scales_it),
                              TEST(dropout_repeats_for_a_seed),
                              TEST(dropout_masks_the_gradient_alike),
                              TEST(dropout_compares_the_published_words_with_the_rate),
                              TEST(dropout_drops_nan_and_infinity_too),
                              TEST(dropout_at_rate_zero_is_a_copy),
                              TEST(dropout_rejects_rates_outside_0_to_1),
                              END_OF_TESTS,
                          });
}
