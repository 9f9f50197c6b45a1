/* The ops of everyday models that are made of others, or have a shape of their own: values worked by hand, edges, bad
 * calls. Activations: elu, gelu, gelu_tanh, silu, softplus, sin, cos. Losses: huber, hinge, kl_divergence, and
 * label_smoothing. Sums: log_sum_exp, cumulative_sum. */
#include <math.h>

#include "core/gradcheck.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tape *tape;

static void make_tape(void)
{
    tape = gt_tape_new(GT_CPU);
}

static void free_tape(void)
{
    gt_tape_free(tape);
}

#define assert_close(tensor, ...) check_close(tensor, COUNT_OF(__VA_ARGS__), (const double[]){__VA_ARGS__}, #tensor)

static void check_close(const gt_tensor *tensor, int64_t count, const double *expected, const char *name)
{
    ck_assert_msg(tensor != NULL, "%s: %s", name, gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_size(tensor), count);
    for (int64_t i = 0; i < count; i++) {
        const double value = gt_tensor_at(tensor, i);
        ck_assert_msg(value == expected[i] || fabs(value - expected[i]) <= 2e-15 * fmax(1, fabs(expected[i])),
                      "%s[%d] is %.17g, %.17g expected", name, (int)i, value, expected[i]);
    }
}

static void assert_fails(const gt_tensor *result, gt_status status, const char *message)
{
    ck_assert_ptr_null(result);
    ck_assert_int_eq(gt_tape_status(tape), status);
    ck_assert_contains(gt_tape_message(tape), message);
    gt_tape_reset(tape);
}

/* ---- activations ------------------------------------------------------------------------------------------------ */

typedef gt_tensor *unary(gt_tape *tape, gt_tensor *x);

static gt_tensor *elu_of_two(gt_tape *on, gt_tensor *x)
{
    return gt_elu(on, x, 2);
}

/* From tables of the normal distribution, and by e: elu is 2 (e^-1 - 1), silu 1 / (1 + e^-1), softplus log 2. */
static const struct {
    unary *op;
    double x[3], y[3];
} values[] = {
    {elu_of_two, {2, 0, -1}, {2, 0, -1.2642411176571153}},
    {gt_gelu, {1, 0, -1}, {0.8413447460685429, 0, -0.15865525393145705}},
    {gt_gelu_tanh, {1, 0, -1}, {0.84119199060827675, 0, -0.15880800939172325}},
    {gt_silu, {1, 0, -1}, {0.7310585786300049, 0, -0.2689414213699951}},
    {gt_softplus, {1, 0, -1}, {1.3132616875182228, 0.6931471805599453, 0.31326168751822286}},
    {gt_sin, {1.5707963267948966, 0, -0.52359877559829882}, {1, 0, -0.5}},
    {gt_cos, {0, 1.0471975511965976, 3.1415926535897931}, {1, 0.5, -1}},
};
enum { VALUES = sizeof values / sizeof values[0] };

START_TEST(activations_have_known_values)
{
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3), values[_i].x);
    check_close(values[_i].op(tape, x), 3, values[_i].y, "y");
    gt_tensor_free(x);
}
END_TEST

/* Values and slopes at plus and minus infinity, where a product of infinity and zero would be NaN. */
static const struct {
    unary *op;
    double low, high, low_slope, high_slope;
} limits[] = {
    {elu_of_two, -2, (double)INFINITY, 0, 1},  {gt_gelu, 0, (double)INFINITY, 0, 1},
    {gt_gelu_tanh, 0, (double)INFINITY, 0, 1}, {gt_silu, 0, (double)INFINITY, 0, 1},
    {gt_softplus, 0, (double)INFINITY, 0, 1},
};
enum { LIMITS = sizeof limits / sizeof limits[0] };

static void check_limit(unary *op, gt_dtype dtype, double x, double y, double slope)
{
    gt_tensor *at = gt_tensor_scalar(dtype, x), *gradient;
    gt_tape_watch(tape, at);
    gt_tape_begin(tape);
    gt_tensor *result = op(tape, at);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, result, 1, &at, &gradient), GT_OK);
    ck_assert_msg(gt_tensor_item(result) == y, "at %g: %g", x, gt_tensor_item(result));
    ck_assert_msg(fabs(gt_tensor_item(gradient) - slope) < 1e-30, "slope at %g: %g", x, gt_tensor_item(gradient));
    gt_tape_reset(tape);
    gt_tensor_free(at);
}

START_TEST(activations_have_limits)
{
    for (int dtype = GT_FLOAT32; dtype <= GT_FLOAT64; dtype++) {
        gt_tensor *x = gt_tensor_scalar((gt_dtype)dtype, (double)NAN);
        ck_assert(isnan(gt_tensor_item(limits[_i].op(tape, x))));
        gt_tensor_free(x);
        check_limit(limits[_i].op, (gt_dtype)dtype, -(double)INFINITY, limits[_i].low, limits[_i].low_slope);
        check_limit(limits[_i].op, (gt_dtype)dtype, (double)INFINITY, limits[_i].high, limits[_i].high_slope);
        check_limit(limits[_i].op, (gt_dtype)dtype, -1e30, limits[_i].low, limits[_i].low_slope);
    }
}
END_TEST

START_TEST(elus_slope_at_zero_is_alpha)
{
    gt_tensor *x = PARAMETER("x", 0, 1, -1), *gradient;
    gt_tape_begin(tape);
    gt_tensor *y = gt_elu(tape, x, 2);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &x, &gradient), GT_OK);
    assert_close(gradient, 2, 1, 2 * 0.36787944117144233);
    gt_tensor_free(x);
}
END_TEST

/* ---- losses ----------------------------------------------------------------------------------------------------- */

START_TEST(huber_is_a_square_within_delta_and_linear_beyond)
{
    gt_tensor *p = VECTOR(1.5, -1), *t = VECTOR(1, 1);
    assert_close(gt_huber(tape, p, t), (0.125 + 1.5) / 2);
    assert_close(gt_huber_with(tape, p, t, 3), (0.125 + 2) / 2);
    assert_fails(gt_huber_with(tape, p, t, 0), GT_ERR_ARGUMENT, "huber: delta is 0, a positive number is expected");
    assert_fails(gt_huber_with(tape, p, t, (double)INFINITY), GT_ERR_ARGUMENT, "huber: delta is inf");
    assert_fails(gt_huber_with(tape, p, t, (double)NAN), GT_ERR_ARGUMENT, "huber: delta is");
    gt_tensor_free(p);
    gt_tensor_free(t);
}
END_TEST

START_TEST(hinge_counts_what_is_short_of_the_margin)
{
    gt_tensor *p = VECTOR(0.5, 0.5, 2), *t = VECTOR(1, -1, 1);
    assert_close(gt_hinge(tape, p, t), (0.5 + 1.5 + 0) / 3);
    gt_tensor_free(p);
    gt_tensor_free(t);
}
END_TEST

START_TEST(kl_divergence_is_zero_for_equal_distributions)
{
    const double ps[] = {0.25, 0.75, 1, 0}, ts[] = {0.5, 0.5, 1, 0};
    gt_tensor *p = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), ps), *t = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), ts);
    gt_tensor *one = gt_tensor_scalar(GT_FLOAT64, 1);
    assert_close(gt_kl_divergence(tape, t, t), 0);
    assert_close(gt_kl_divergence(tape, p, t), 0.14384103622589045 / 2); /* log(4 / 3) / 2, and 0 */
    assert_fails(gt_kl_divergence(tape, one, one), GT_ERR_SHAPE, "kl_divergence: predictions () have no classes");
    gt_tensor_free(p);
    gt_tensor_free(t);
    gt_tensor_free(one);
}
END_TEST

START_TEST(label_smoothing_shares_some_among_all)
{
    gt_tensor *labels = VECTOR(1, 0, 0), *whole = gt_tensor_new(GT_INT32, GT_SHAPE(3));
    gt_tensor *none = gt_tensor_new(GT_FLOAT64, GT_SHAPE(2, 0));
    assert_close(gt_label_smoothing(tape, labels, 0.3), 0.8, 0.1, 0.1);
    assert_close(gt_label_smoothing(tape, labels, 0), 1, 0, 0);
    assert_close(gt_label_smoothing(tape, labels, 1), 1.0 / 3, 1.0 / 3, 1.0 / 3);
    assert_fails(gt_label_smoothing(tape, labels, -0.1), GT_ERR_ARGUMENT, "smoothing is -0.1, from 0 to 1");
    assert_fails(gt_label_smoothing(tape, labels, 1.1), GT_ERR_ARGUMENT, "smoothing is 1.1");
    assert_fails(gt_label_smoothing(tape, none, 0.1), GT_ERR_SHAPE, "the labels have no classes");
    assert_fails(gt_label_smoothing(tape, whole, 0.1), GT_ERR_DTYPE, "int32");
    gt_tensor_free(labels);
    gt_tensor_free(whole);
    gt_tensor_free(none);
}
END_TEST

/* ---- sums ------------------------------------------------------------------------------------------------------- */

START_TEST(log_sum_exp_does_not_overflow)
{
    const double rows[] = {0, 0.69314718055994531, 1000, 1000, -1000, -1000};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3, 2), rows);
    const gt_axes last = {.count = 1, .axis = {-1}}, kept = {.count = 1, .axis = {1}, .keepdims = true};
    gt_tensor *sums = gt_log_sum_exp(tape, x, &last);
    assert_close(sums, 1.0986122886681098, 1000.6931471805599, -999.30685281944005);
    ck_assert_int_eq(gt_tensor_rank(sums), 1);
    ck_assert_int_eq(gt_tensor_rank(gt_log_sum_exp(tape, x, &kept)), 2);
    assert_close(gt_log_sum_exp(tape, x, NULL), 1000.6931471805599);
    gt_tensor_free(x);
}
END_TEST

START_TEST(infinities_pass_through_log_sum_exp)
{
    const double infinite = (double)INFINITY;
    for (int dtype = GT_FLOAT32; dtype <= GT_FLOAT64; dtype++) {
        gt_tensor *low = VECTOR(-infinite, -infinite), *high = VECTOR(0, infinite), *x = PARAMETER("x", 0, -infinite);
        gt_tensor *gradient;
        assert_close(gt_log_sum_exp(tape, gt_cast(tape, low, (gt_dtype)dtype), NULL), -infinite);
        assert_close(gt_log_sum_exp(tape, gt_cast(tape, high, (gt_dtype)dtype), NULL), infinite);
        gt_tape_begin(tape);
        gt_tensor *y = gt_log_sum_exp(tape, gt_cast(tape, x, (gt_dtype)dtype), NULL);
        gt_tape_end(tape);
        ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &x, &gradient), GT_OK);
        assert_close(gradient, 1, 0);
        gt_tape_reset(tape);
        gt_tensor_free(low);
        gt_tensor_free(high);
        gt_tensor_free(x);
    }
}
END_TEST

START_TEST(cumulative_sums_go_either_way)
{
    const double rows[] = {1, 2, 3, 10, 20, 30};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), rows);
    const gt_cumulative_options exclusive = {.exclusive = true}, reverse = {.reverse = true}, both = {true, true};
    ck_assert_values(gt_cumulative_sum(tape, x, -1, NULL), 1, 3, 6, 10, 30, 60);
    ck_assert_values(gt_cumulative_sum(tape, x, 1, &exclusive), 0, 1, 3, 0, 10, 30);
    ck_assert_values(gt_cumulative_sum(tape, x, 1, &reverse), 6, 5, 3, 60, 50, 30);
    ck_assert_values(gt_cumulative_sum(tape, x, 1, &both), 5, 3, 0, 50, 30, 0);
    ck_assert_values(gt_cumulative_sum(tape, x, 0, NULL), 1, 2, 3, 11, 22, 33);
    assert_fails(gt_cumulative_sum(tape, x, 2, NULL), GT_ERR_ARGUMENT, "cumulative_sum: axis 2 is out of range");
    assert_fails(gt_cumulative_sum(tape, x, -3, NULL), GT_ERR_ARGUMENT, "cumulative_sum: axis -3 is out of range");
    gt_tensor_free(x);
}
END_TEST

/* ---- all -------------------------------------------------------------------------------------------------------- */

START_TEST(a_missing_input_is_an_error)
{
    gt_tensor *x = VECTOR(1);
    for (int i = 0; i < VALUES; i++)
        assert_fails(values[i].op(tape, NULL), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_huber(tape, NULL, x), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_hinge(tape, x, NULL), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_kl_divergence(tape, NULL, x), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_kl_divergence(tape, x, NULL), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_label_smoothing(tape, NULL, 0.1), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_log_sum_exp(tape, NULL, NULL), GT_ERR_ARGUMENT, "NULL");
    assert_fails(gt_cumulative_sum(tape, NULL, 0, NULL), GT_ERR_ARGUMENT, "NULL");
    gt_tensor_free(x);
}
END_TEST

typedef gt_tensor *composed(gt_tape *tape, gt_tensor *a, gt_tensor *b);

static gt_tensor *smoothed(gt_tape *on, gt_tensor *a, gt_tensor *b)
{
    return gt_softmax_cross_entropy(on, a, gt_label_smoothing(on, b, 0.1));
}

static gt_tensor *sums(gt_tape *on, gt_tensor *a, gt_tensor *b)
{
    return gt_log_sum_exp(on, gt_add(on, a, b), &(gt_axes){.count = 1, .axis = {1}});
}

static composed *const made_of_ops[] = {gt_huber, gt_hinge, gt_kl_divergence, smoothed, sums};
enum { COMPOSED = sizeof made_of_ops / sizeof made_of_ops[0] };

static gt_status run_composed(gt_tape *on, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    composed *const *function = context;
    outputs[0] = (*function)(on, inputs[0], inputs[1]);
    return GT_OK;
}

START_TEST(gradients_of_both_orders_are_right)
{
    const double a[] = {0.3, 0.9, 0.2, 0.7, 0.45, 0.15}, b[] = {0.8, 0.1, 0.6, 0.35, 0.25, 0.55};
    gt_tensor *inputs[] = {gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), a),
                           gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), b)};
    composed *function = made_of_ops[_i];
    const gt_function checked = {.name = "composed", .outputs = 1, .run = run_composed, .context = &function};
    gt_gradcheck_report report;
    for (int order = 1; order <= 2; order++)
        ck_assert_msg(gt_gradcheck(&checked, 2, inputs, &(gt_gradcheck_options){.order = order}, &report) == GT_OK,
                      "order %d: %s", order, report.message);
    gt_tensor_free(inputs[0]);
    gt_tensor_free(inputs[1]);
}
END_TEST

int main(void)
{
    return run_suite_with(
        "everyday", make_tape, free_tape,
        (const suite_test[]){
            LOOP_TEST(activations_have_known_values, VALUES), LOOP_TEST(activations_have_limits, LIMITS),
            TEST(elus_slope_at_zero_is_alpha), TEST(huber_is_a_square_within_delta_and_linear_beyond),
            TEST(hinge_counts_what_is_short_of_the_margin), TEST(kl_divergence_is_zero_for_equal_distributions),
            TEST(label_smoothing_shares_some_among_all), TEST(log_sum_exp_does_not_overflow),
            TEST(infinities_pass_through_log_sum_exp), TEST(cumulative_sums_go_either_way),
            TEST(a_missing_input_is_an_error), LOOP_TEST(gradients_of_both_orders_are_right, COMPOSED), END_OF_TESTS});
}
