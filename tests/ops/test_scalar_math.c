/* The float32 functions of ops/scalar_math.h over all exponents and both signs, against the C library's in double: once
 * as this file compiles them, one by one, and once as the library does, in the vector loops of its kernels. */
#include <math.h>
#include <string.h>

#include "core/op.h"
#include "ops/ops.h"
#include "ops/scalar.h"
#include "tests/support/elements.h"
#include "tests/support/suite.h"

static double sigmoid(double x)
{
    double e = exp(-fabs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

static double softplus_tail(double x)
{
    return log1p(exp(-fabs(x)));
}

/* The bounds, in units in the last place, are a little above what all 2^32 arguments give. */
static const struct {
    const char *name;
    float (*value)(float);
    double (*truth)(double);
    gt_tensor *(*op)(gt_tape *, gt_tensor *);
    double bound;
} functions[] = {
    {"exp", gt_exp_value_f32, exp, gt_exp, 1.1},
    {"log", gt_log_value_f32, log, gt_log, 0.9},
    {"tanh", gt_tanh_value_f32, tanh, gt_tanh, 1.4},
    {"sigmoid", gt_sigmoid_value_f32, sigmoid, gt_sigmoid, 2.5},
    {"softplus_tail", gt_softplus_tail_f32, softplus_tail, NULL, 1.7},
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Where a function over- or underflows, or goes from one formula to another. */
static const float edges[] = {0x1.62e42ep6f, 0x1.9fe368p6f, 0x1.5d58ap6f, 89,   104,   0.625f,
                              0.5f,          0.6931472f,    0.75f,        1.5f, 9.01f, 17};
enum { STRIDE = 2053, EDGES = sizeof edges / sizeof *edges };
enum { ARGUMENTS = (int)(0x100000000 / STRIDE) + 1 + 6 * (256 + 23 + EDGES) };

static int put_neighbours(float *x, uint32_t bits)
{
    for (int i = 0; i < 6; i++)
        x[i] = gt_float_of_bits((bits + (uint32_t)(i / 2) - 1) ^ (i % 2 ? 0x80000000 : 0));
    return 6;
}

/* A stride through all bit patterns; every power of 2, 0, infinity and the edges, with the floats beside them. */
static void fill_arguments(float *x)
{
    int count = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += STRIDE)
        x[count++] = gt_float_of_bits((uint32_t)bits);
    for (uint32_t exponent = 0; exponent < 256; exponent++)
        count += put_neighbours(x + count, exponent << 23);
    for (uint32_t bit = 0; bit < 23; bit++)
        count += put_neighbours(x + count, (uint32_t)1 << bit);
    for (int i = 0; i < EDGES; i++)
        count += put_neighbours(x + count, gt_float_bits(edges[i]));
    ck_assert_int_eq(count, ARGUMENTS);
}

/* The distance in units in the last place of the true result. Infinity counts as the power of 2 after the largest
 * float; NaN and the sign must agree. */
static double error_in_ulps(float value, double truth)
{
    if (isnan(truth) || isnan(value))
        return isnan(truth) && isnan(value) ? 0 : INFINITY;
    if (!signbit(truth) != !signbit(value))
        return INFINITY;
    int exponent;
    double bound = 0x1p128, size = fmin(fabs(truth), bound), got = fmin(fabs((double)value), bound);
    frexp(size, &exponent);
    return fabs(got - size) * ldexp(1, 24 - (exponent < -125 ? -125 : exponent));
}

static void expect_accurate(int function, const float *x, const float *y)
{
    double worst = 0;
    int at = 0;
    for (int i = 0; i < ARGUMENTS; i++) {
        double error = error_in_ulps(y[i], functions[function].truth((double)x[i]));
        if (error > worst) {
            worst = error;
            at = i;
        }
    }
    ck_assert_msg(worst <= functions[function].bound, "%s(%a) is %a: an error of %g ulp", functions[function].name,
                  (double)x[at], (double)y[at], worst);
}

START_TEST(functions_are_accurate)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(ARGUMENTS)));
    gt_tensor *y = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(ARGUMENTS)));
    float *argument = gt_tensor_data_write(x), *value = gt_tensor_data_write(y);
    fill_arguments(argument);
    for (int i = 0; i < ARGUMENTS; i++)
        value[i] = functions[_i].value(argument[i]);
    expect_accurate(_i, argument, value);
}
END_TEST

START_TEST(ops_are_accurate)
{
    if (!functions[_i].op)
        return;
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(ARGUMENTS)));
    fill_arguments(gt_tensor_data_write(x));
    gt_tensor *y = functions[_i].op(tape, x);
    ck_assert_ptr_nonnull(y);
    expect_accurate(_i, gt_tensor_data(x), gt_tensor_data(y));
}
END_TEST

START_TEST(nan_stays_nan)
{
    ck_assert(isnan(functions[_i].value(NAN)));
    ck_assert(isnan(functions[_i].value(-NAN)));
}
END_TEST

START_TEST(exp_at_its_ends)
{
    EXPECT(gt_exp(tape, FLOATS(0, -0.0, INFINITY, -INFINITY, 1000, -1000)), 1, 1, INFINITY, 0, INFINITY, 0);
    const double largest = 0x1.62e42ep6, least = -0x1.9fe368p6; /* of a finite result, of one above 2^-150 */
    gt_tensor *y = gt_exp(tape, FLOATS(largest, largest + 0x1p-17, least, least - 0x1p-17));
    ck_assert(isfinite(gt_tensor_at(y, 0)));
    ck_assert_double_eq(gt_tensor_at(y, 1), INFINITY);
    ck_assert_double_eq(gt_tensor_at(y, 2), 0x1p-149);
    ck_assert_double_eq(gt_tensor_at(y, 3), 0);
}
END_TEST

START_TEST(log_at_its_ends)
{
    EXPECT(gt_log(tape, FLOATS(0, -0.0, 1, INFINITY, -INFINITY, -1, -0x1p-149)), -INFINITY, -INFINITY, 0, INFINITY, NAN,
           NAN, NAN);
    EXPECT(gt_log(tape, FLOATS(0x1p-149)), (double)-103.278931f);
}
END_TEST

START_TEST(tanh_at_its_ends)
{
    EXPECT(gt_tanh(tape, FLOATS(0, 0x1p-149, -0x1p-149, 0x1.8p-130, 1e-20)), 0, 0x1p-149, -0x1p-149, 0x1.8p-130,
           (double)1e-20f);
    EXPECT(gt_tanh(tape, FLOATS(INFINITY, -INFINITY, 3e38, -3e38, 10)), 1, -1, 1, -1, 1);
    ck_assert(signbit(gt_tanh_value_f32(-0.0f)));
    ck_assert(!signbit(gt_tanh_value_f32(0.0f)));
}
END_TEST

START_TEST(sigmoid_at_its_ends)
{
    EXPECT(gt_sigmoid(tape, FLOATS(0, -0.0, INFINITY, -INFINITY, 200, -200)), 0.5, 0.5, 1, 0, 1, 0);
    EXPECT(gt_sigmoid(tape, FLOATS(-0x1.9fe368p6, -0x1.9fe36ap6)), 0x1p-149, 0);
}
END_TEST

START_TEST(softplus_tail_at_its_ends)
{
    ck_assert(gt_softplus_tail_f32(0) == 0.693147181f);
    ck_assert(gt_softplus_tail_f32(INFINITY) == 0);
    ck_assert(gt_softplus_tail_f32(-INFINITY) == 0);
    ck_assert(gt_softplus_tail_f32(-0x1.9fe368p6f) == 0x1p-149f);
}
END_TEST

int main(void)
{
    return run_suite_with("scalar_math", open_tape, close_tape,
                          (const suite_test[]){
                              LOOP_TEST(functions_are_accurate, FUNCTIONS),
                              LOOP_TEST(ops_are_accurate, FUNCTIONS),
                              LOOP_TEST(nan_stays_nan, FUNCTIONS),
                              TEST(exp_at_its_ends),
                              TEST(log_at_its_ends),
                              TEST(tanh_at_its_ends),
                              TEST(sigmoid_at_its_ends),
                              TEST(softplus_tail_at_its_ends),
                              END_OF_TESTS,
                          });
}
