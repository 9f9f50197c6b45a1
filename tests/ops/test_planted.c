/* Wrong vector-Jacobian products, planted in a copy of an op's descriptor: the gradient check must find each, and say
 * where. One op of every family; the op's own sample. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/gradcheck.h"
#include "ops/ops.h"
#include "tests/support/suite.h"

typedef enum fault {
    SIGN_FLIPPED,
    FACTOR_TWO,
    FORGOTTEN,         /* NULL, as for a structural zero */
    SHIFTED,           /* every entry where its neighbour belongs */
    FIRST_ROW_ALONE,   /* instead of the sum over the axis that was stretched */
    NOT_DIFFERENTIABLE /* right, but without a derivative of its own */
} fault;

typedef struct family {
    const char *op, *sample;
    int inputs;
} family;

static const family families[] = {
    {"relu", "matrix", 1},       {"add", "row", 2},      {"sum", "rows", 1},
    {"matmul", "matrices", 2},   {"conv2d", "valid", 2}, {"max_pool2d", "halves", 1},
    {"batch_norm", "matrix", 3}, {"softmax", "rows", 1}, {"softmax_cross_entropy", "one-hot", 2},
};
enum { FAMILIES = sizeof families / sizeof *families };

/* What planted_vjp does: a vjp has no context of its own. */
static struct {
    const gt_op *original;
    fault fault;
    int input;
} planted;

static gt_tensor *shift(gt_tape *tape, gt_tensor *x)
{
    const int64_t rest = gt_tensor_size(x) - 1, zero = 0, one = 1;
    gt_tensor *flat = gt_reshape(tape, x, GT_SHAPE(-1));
    gt_tensor *parts[] = {gt_slice(tape, flat, &one, &rest), gt_slice(tape, flat, &zero, &one)};
    return gt_reshape(tape, gt_concat(tape, 2, parts, 0), gt_tensor_shape(x));
}

/* Row 0 of dy, which is the sum of all rows where nothing was stretched. */
static gt_tensor *first_row(gt_tape *tape, gt_tensor *dy, gt_tensor *dx)
{
    const int64_t begin[GT_MAX_RANK] = {0}, size[GT_MAX_RANK] = {1, -1, -1, -1, -1, -1, -1, -1};
    return gt_reshape(tape, gt_slice(tape, dy, begin, size), gt_tensor_shape(dx));
}

static gt_tensor *spoil(gt_tape *tape, gt_tensor *dy, gt_tensor *dx)
{
    switch (planted.fault) {
    case SIGN_FLIPPED:
        return gt_neg(tape, dx);
    case FACTOR_TWO:
        return gt_scale(tape, dx, 2);
    case FORGOTTEN:
        return NULL;
    case SHIFTED:
        return shift(tape, dx);
    case FIRST_ROW_ALONE:
        return first_row(tape, dy, dx);
    case NOT_DIFFERENTIABLE:
        return gt_stop_gradient(tape, dx);
    }
    return dx;
}

static void planted_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    planted.original->vjp(tape, node, dy, dx);
    if (gt_wants(node, planted.input))
        dx[planted.input] = spoil(tape, dy[0], dx[planted.input]);
}

static const gt_op *op_of(const family *of)
{
    const gt_op *op = gt_op_find(of->op);
    ck_assert_msg(op != NULL, "no op '%s'", of->op);
    return op;
}

static const gt_sample *sample_of(const family *of)
{
    const gt_sample *sample = op_of(of)->samples;
    while (sample->name && strcmp(sample->name, of->sample) != 0)
        sample++;
    ck_assert_msg(sample->name != NULL, "%s has no sample '%s'", of->op, of->sample);
    return sample;
}

static gt_status check_with(const family *of, fault which, int input, int order, gt_gradcheck_report *report)
{
    planted.original = op_of(of);
    planted.fault = which;
    planted.input = input;
    gt_op wrong = *planted.original;
    wrong.vjp = planted_vjp;
    return gt_gradcheck_sample(&wrong, sample_of(of), order, report);
}

/* The message names op, sample, input and entry; gives both values. */
static void read_message(const family *of, int input, const gt_gradcheck_report *report, double *analytic,
                         double *numeric)
{
    char start[128];
    snprintf(start, sizeof start, "%s, sample '%s'", of->op, of->sample);
    ck_assert_msg(strncmp(report->message, start, strlen(start)) == 0, "'%s' does not begin with '%s'", report->message,
                  start);
    snprintf(start, sizeof start, ": input %d (", input);
    ck_assert_msg(strstr(report->message, start) != NULL, "'%s' does not name input %d", report->message, input);
    ck_assert_msg(strstr(report->message, ", entry (") != NULL, "'%s' names no entry", report->message);
    const char *values = strstr(report->message, "analytic ");
    ck_assert_msg(values && sscanf(values, "analytic %lf, numeric %lf", analytic, numeric) == 2,
                  "'%s' does not give both values", report->message);
}

/* Plants the fault in every input of the family; leaves the two values that the message gave for the last. */
static void expect_found(const family *of, fault which, int input, double *analytic, double *numeric)
{
    gt_gradcheck_report report;
    const gt_status status = check_with(of, which, input, 1, &report);
    ck_assert_msg(status == GT_ERR_GRADIENT, "%s, input %d, fault %d: status %s, message '%s'", of->op, input, which,
                  gt_status_name(status), report.message);
    ck_assert_double_gt(report.worst, 1);
    read_message(of, input, &report, analytic, numeric);
}

START_TEST(the_ops_own_descriptor_passes)
{
    for (int order = 1; order <= 2; order++) {
        gt_gradcheck_report report;
        const gt_status status = gt_gradcheck_sample(op_of(&families[_i]), sample_of(&families[_i]), order, &report);
        ck_assert_msg(status == GT_OK, "order %d: %s", order, report.message);
        ck_assert_int_gt(report.compared, report.zero);
        ck_assert_str_eq(report.message, "");
    }
}
END_TEST

START_TEST(a_flipped_sign_is_found)
{
    for (int input = 0; input < families[_i].inputs; input++) {
        double analytic, numeric;
        expect_found(&families[_i], SIGN_FLIPPED, input, &analytic, &numeric);
        ck_assert_double_eq_tol(analytic, -numeric, 1e-6 * fabs(numeric) + 1e-8);
    }
}
END_TEST

START_TEST(a_factor_of_two_is_found)
{
    for (int input = 0; input < families[_i].inputs; input++) {
        double analytic, numeric;
        expect_found(&families[_i], FACTOR_TWO, input, &analytic, &numeric);
        ck_assert_double_eq_tol(analytic, 2 * numeric, 2e-6 * fabs(numeric) + 1e-8);
    }
}
END_TEST

START_TEST(a_forgotten_input_is_found)
{
    for (int input = 0; input < families[_i].inputs; input++) {
        double analytic, numeric;
        expect_found(&families[_i], FORGOTTEN, input, &analytic, &numeric);
        ck_assert_double_eq(analytic, 0);
        ck_assert_double_gt(fabs(numeric), 1e-8);
    }
}
END_TEST

START_TEST(a_shifted_entry_is_found)
{
    for (int input = 0; input < families[_i].inputs; input++) {
        double analytic, numeric;
        expect_found(&families[_i], SHIFTED, input, &analytic, &numeric);
        ck_assert_double_gt(fabs(analytic - numeric), 1e-8);
    }
}
END_TEST

START_TEST(a_missing_sum_over_the_stretched_axis_is_found)
{
    const family add = {"add", "row", 2};
    double analytic, numeric;
    expect_found(&add, FIRST_ROW_ALONE, 1, &analytic, &numeric);
    ck_assert_double_gt(fabs(analytic - numeric), 1e-8);
}
END_TEST

/* Order 1 cannot see it, order 2 must. */
START_TEST(a_gradient_without_a_derivative_is_found_at_order_2)
{
    gt_gradcheck_report report;
    ck_assert_int_eq(check_with(&families[_i], NOT_DIFFERENTIABLE, 0, 1, &report), GT_OK);
    ck_assert_int_eq(check_with(&families[_i], NOT_DIFFERENTIABLE, 0, 2, &report), GT_ERR_GRADIENT);
    ck_assert_msg(strstr(report.message, families[_i].op) && strstr(report.message, ", order 2: input ") &&
                      strstr(report.message, ", entry (") && strstr(report.message, "analytic ") &&
                      strstr(report.message, "numeric "),
                  "%s", report.message);
}
END_TEST

/* The checker's verdict must not depend on which input the fault is in: the others still pass. */
START_TEST(the_message_names_the_faulty_input_alone)
{
    const family batch_norm = {"batch_norm", "matrix", 3};
    for (int input = 0; input < batch_norm.inputs; input++) {
        gt_gradcheck_report report;
        char other[32];
        ck_assert_int_eq(check_with(&batch_norm, FACTOR_TWO, input, 1, &report), GT_ERR_GRADIENT);
        for (int i = 0; i < batch_norm.inputs; i++) {
            snprintf(other, sizeof other, "input %d", i);
            ck_assert_msg((strstr(report.message, other) != NULL) == (i == input), "%s", report.message);
        }
    }
}
END_TEST

int main(void)
{
    return run_suite("planted", (const suite_test[]){
                                    LOOP_TEST(the_ops_own_descriptor_passes, FAMILIES),
                                    LOOP_TEST(a_flipped_sign_is_found, FAMILIES),
                                    LOOP_TEST(a_factor_of_two_is_found, FAMILIES),
                                    LOOP_TEST(a_forgotten_input_is_found, FAMILIES),
                                    LOOP_TEST(a_shifted_entry_is_found, FAMILIES),
                                    TEST(a_missing_sum_over_the_stretched_axis_is_found),
                                    LOOP_TEST(a_gradient_without_a_derivative_is_found_at_order_2, FAMILIES),
                                    TEST(the_message_names_the_faulty_input_alone),
                                    END_OF_TESTS,
                                });
}
