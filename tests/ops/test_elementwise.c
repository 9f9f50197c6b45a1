/* The element-wise ops: edges, NaN and infinity, zero cotangents, messages. Samples against references, and gradients
 * against differences, are test_registry's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/op.h"
#include "core/threads.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

/* ---- a recording, persistent tape for each test, and the tensors made in it ------------------------------------- */

enum { MOST_OWNED = 64 };
static gt_tape *tape;
static gt_tensor *owned[MOST_OWNED];
static int owned_count;

static void open_tape(void)
{
    tape = gt_tape_new_with(&(gt_tape_options){.persistent = true, .seed = 1});
    ck_assert_ptr_nonnull(tape);
    gt_tape_begin(tape);
}

static void close_tape(void)
{
    gt_tape_free(tape);
    while (owned_count > 0)
        gt_tensor_free(owned[--owned_count]);
}

static gt_tensor *own(gt_tensor *tensor)
{
    ck_assert_msg(tensor && owned_count < MOST_OWNED, "%s", gt_last_error());
    return owned[owned_count++] = tensor;
}

/* A watched float64 vector. */
static gt_tensor *variable(int64_t n, const double *values)
{
    gt_tensor *tensor = own(gt_tensor_from(GT_FLOAT64, GT_SHAPE(n), values));
    ck_assert_int_eq(gt_tape_watch(tape, tensor), GT_OK);
    return tensor;
}

static gt_tensor *random_tensor(gt_dtype dtype, gt_shape shape, uint64_t seed)
{
    gt_tensor *tensor = own(gt_tensor_new(dtype, shape));
    gt_random random = gt_random_new(seed, 0);
    gt_random_normal(&random, dtype, gt_tensor_size(tensor), 0, 1, gt_tensor_data_write(tensor));
    return tensor;
}

#define COUNT(...)          ((int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))
#define VARIABLE(...)       variable(COUNT(__VA_ARGS__), (const double[]){__VA_ARGS__})
#define FLOATS(...)         own(gt_tensor_from(GT_FLOAT32, GT_SHAPE(COUNT(__VA_ARGS__)), (const float[]){__VA_ARGS__}))
#define INTEGERS(...)       own(gt_tensor_from(GT_INT32, GT_SHAPE(COUNT(__VA_ARGS__)), (const int32_t[]){__VA_ARGS__}))
#define BYTES(...)          own(gt_tensor_from(GT_UINT8, GT_SHAPE(COUNT(__VA_ARGS__)), (const uint8_t[]){__VA_ARGS__}))
#define SCALAR(value)       own(gt_tensor_scalar(GT_FLOAT64, value))
#define EXPECT(t, ...)      expect(t, #t, COUNT(__VA_ARGS__), (const double[]){__VA_ARGS__}, 0)
/* Within a few units in the last place of a double. */
#define EXPECT_NEAR(t, ...) expect(t, #t, COUNT(__VA_ARGS__), (const double[]){__VA_ARGS__}, 1e-14)

static void expect(const gt_tensor *tensor, const char *what, int64_t n, const double *values, double tolerance)
{
    ck_assert_msg(tensor != NULL, "%s is NULL: %s", what, gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_size(tensor), n);
    for (int64_t i = 0; i < n; i++) {
        double value = gt_tensor_at(tensor, i), bound = tolerance * (1 + fabs(values[i]));
        bool same = isnan(values[i]) ? isnan(value) : value == values[i] || fabs(value - values[i]) <= bound;
        ck_assert_msg(same, "%s, element %lld: %.17g, expected %.17g", what, (long long)i, value, values[i]);
    }
}

static void expect_case(const gt_tensor *tensor, const char *folder, const char *array, double tolerance)
{
    npy_array expected;
    if (!npy_case(folder, array, &expected))
        ck_abort_msg("%s", npy_message());
    ck_assert_int_eq(gt_tensor_rank(tensor), expected.rank);
    for (int i = 0; i < expected.rank; i++)
        ck_assert_int_eq(gt_tensor_dim(tensor, i), expected.dim[i]);
    expect(tensor, array, expected.count, expected.values, tolerance);
    npy_free(&expected);
}

static gt_tensor *load_case(const char *folder, const char *array)
{
    npy_array loaded;
    if (!npy_case(folder, array, &loaded))
        ck_abort_msg("%s", npy_message());
    gt_tensor *tensor = own(gt_tensor_from(GT_FLOAT64, gt_shape_of(loaded.rank, loaded.dim), loaded.values));
    ck_assert_int_eq(gt_tape_watch(tape, tensor), GT_OK);
    npy_free(&loaded);
    return tensor;
}

/* The gradient of the sum of target's entries; NULL for a structural zero. */
static gt_tensor *gradient(gt_tensor *target, gt_tensor *source)
{
    gt_tensor *result = NULL;
    ck_assert_msg(gt_tape_gradient(tape, target, 1, &source, &result) == GT_OK, "%s", gt_tape_message(tape));
    return result;
}

static void expect_failure(const gt_tensor *result, gt_status status, const char *message)
{
    ck_assert_ptr_null(result);
    ck_assert_int_eq(gt_tape_status(tape), status);
    ck_assert_msg(strstr(gt_tape_message(tape), message) != NULL, "'%s' is not in '%s'", message,
                  gt_tape_message(tape));
    gt_tape_reset(tape);
    gt_tape_begin(tape);
}

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
    gt_tensor *x = load_case("seed_cases/leaky_relu", "x");
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
    expect_failure(gt_leaky_relu(tape, VARIABLE(1), NAN), GT_ERR_ARGUMENT, "leaky_relu: alpha is nan");
    expect_failure(gt_leaky_relu(tape, VARIABLE(1), INFINITY), GT_ERR_ARGUMENT, "leaky_relu: alpha is inf");
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
        gt_tensor *third = gradient(gradient(gradient(table[i].op(tape, x), x), x), x);
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
    ck_assert_ptr_null(gradient(y, x));
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
    expect_failure(gt_clip(tape, VARIABLE(1), 2, 1), GT_ERR_ARGUMENT, "clip: low is 2, high is 1");
    expect_failure(gt_clip(tape, VARIABLE(1), NAN, 1), GT_ERR_ARGUMENT, "clip: low is nan");
}
END_TEST

START_TEST(stop_gradient_is_a_constant)
{
    gt_tensor *x = VARIABLE(2, -3);
    gt_tensor *stopped = gt_stop_gradient(tape, x);
    EXPECT(stopped, 2, -3);
    ck_assert_ptr_ne(gt_tensor_data(stopped), gt_tensor_data(x));
    ck_assert_ptr_null(gradient(stopped, x));
    EXPECT(gradient(gt_mul(tape, x, stopped), x), 2, -3);
}
END_TEST

START_TEST(float_ops_reject_integers)
{
    expect_failure(gt_exp(tape, INTEGERS(1)), GT_ERR_DTYPE, "exp: input 0 is int32, a float tensor is expected");
    expect_failure(gt_mul(tape, BYTES(1), BYTES(1)), GT_ERR_DTYPE, "mul: input 0 is uint8");
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
    ck_assert_ptr_null(gradient(y, x));
}
END_TEST

START_TEST(cast_rejects_what_is_no_dtype)
{
    expect_failure(gt_cast(tape, VARIABLE(1), (gt_dtype)7), GT_ERR_DTYPE, "cast: 7 is not a dtype");
}
END_TEST

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
        gt_tensor *a = load_case(table[i].folder, "a"), *b = load_case(table[i].folder, "b");
        expect_case(table[i].op(tape, a, b), table[i].folder, "out", 0);
    }
}
END_TEST

START_TEST(gradients_sum_over_what_was_stretched)
{
    gt_tensor *row = VARIABLE(1, 2, 3);
    gt_tensor *column = own(gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 1), (const double[]){10, 20}));
    gt_tape_watch(tape, column);
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
    expect_failure(gt_sub(tape, a, b), GT_ERR_SHAPE, "sub: (2, 3) and (2,) do not broadcast");
    expect_failure(gt_pow(tape, b, a), GT_ERR_SHAPE, "pow: (2,) and (2, 3) do not broadcast");
    expect_failure(gt_less(tape, a, b), GT_ERR_SHAPE, "less: (2, 3) and (2,) do not broadcast");
    expect_failure(gt_where(tape, BYTES(1, 0), a, a), GT_ERR_SHAPE, "where: (2,) and (2, 3) do not broadcast");
    expect_failure(gt_where(tape, BYTES(1, 0, 1), a, b), GT_ERR_SHAPE, "where: (2, 3) and (2,) do not broadcast");
}
END_TEST

START_TEST(dtypes_are_never_mixed)
{
    gt_tensor *a = VARIABLE(1, 2), *b = FLOATS(1, 2);
    expect_failure(gt_mul(tape, a, b), GT_ERR_DTYPE,
                   "mul: dtypes differ: input 0 is float64, input 1 float32 (gt_cast converts)");
    expect_failure(gt_equal(tape, INTEGERS(1, 2), BYTES(1, 2)), GT_ERR_DTYPE,
                   "equal: dtypes differ: input 0 is int32, input 1 uint8");
    expect_failure(gt_where(tape, BYTES(1, 0), a, b), GT_ERR_DTYPE, "where: dtypes differ: input 1 is float64");
    expect_failure(gt_where(tape, a, a, a), GT_ERR_DTYPE, "where: input 0 is float64, uint8 is expected");
}
END_TEST

START_TEST(null_is_reported)
{
    gt_tensor *x = VARIABLE(1);
    expect_failure(gt_relu(tape, NULL), GT_ERR_ARGUMENT, "relu: input 0 is NULL");
    expect_failure(gt_dropout(tape, NULL, 0.5), GT_ERR_ARGUMENT, "dropout: input 0 is NULL");
    expect_failure(gt_cast(tape, NULL, GT_INT32), GT_ERR_ARGUMENT, "cast: input 0 is NULL");
    expect_failure(gt_mul(tape, x, NULL), GT_ERR_ARGUMENT, "mul: input 1 is NULL");
    expect_failure(gt_where(tape, BYTES(1), x, NULL), GT_ERR_ARGUMENT, "where: input 2 is NULL");
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
    gt_tensor *second = gradient(dx, x);
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
    gt_tensor *condition = own(gt_tensor_from(GT_UINT8, GT_SHAPE(2, 1), (const uint8_t[]){1, 0}));
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
    gt_tensor *column = own(gt_tensor_from(GT_INT32, GT_SHAPE(2, 1), (const int32_t[]){1, 2}));
    gt_tensor *y = gt_less(tape, column, INTEGERS(0, 2, 3));
    ck_assert_int_eq(gt_tensor_dim(y, 0), 2);
    EXPECT(y, 0, 1, 1, 0, 0, 1);
}
END_TEST

START_TEST(comparisons_carry_no_gradient)
{
    gt_tensor *x = VARIABLE(1, -1);
    gt_tensor *mask = gt_cast(tape, gt_greater(tape, x, SCALAR(0)), GT_FLOAT64);
    ck_assert_ptr_null(gradient(mask, x));
    EXPECT(gradient(gt_mul(tape, x, mask), x), 1, 0);
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
    gt_tensor *x = variable(N, ones), *y = gt_dropout(tape, x, 0.25);
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
    gt_tensor *y = gt_dropout(tape, variable(64, values), 0.5);
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
    expect_failure(gt_dropout(tape, VARIABLE(1), 1), GT_ERR_ARGUMENT, "dropout: the rate is 1, 0 <= rate < 1");
    expect_failure(gt_dropout(tape, VARIABLE(1), -0.1), GT_ERR_ARGUMENT, "dropout: the rate is -0.1");
    expect_failure(gt_dropout(tape, VARIABLE(1), NAN), GT_ERR_ARGUMENT, "dropout: the rate is nan");
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
    return run_suite_with("elementwise", open_tape, close_tape,
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
                              TEST(slopes_are_infinite_where_asked_for),
                              TEST(where_takes_any_byte_but_zero_for_true),
                              TEST(where_broadcasts_all_three),
                              LOOP_TEST(comparisons_of_every_dtype, COMPARISONS),
                              TEST(comparisons_broadcast),
                              TEST(comparisons_carry_no_gradient),
                              TEST(dropout_keeps_its_share_and_scales_it),
                              TEST(dropout_repeats_for_a_seed),
                              TEST(dropout_masks_the_gradient_alike),
                              TEST(dropout_compares_the_published_words_with_the_rate),
                              TEST(dropout_drops_nan_and_infinity_too),
                              TEST(dropout_at_rate_zero_is_a_copy),
                              TEST(dropout_rejects_rates_outside_0_to_1),
                              TEST(large_tensors_give_the_same_bits_on_any_threads),
                              END_OF_TESTS,
                          });
}
