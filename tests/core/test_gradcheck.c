/* core/gradcheck: planted mistakes must be found and described, right gradients must pass, kinks must be told apart. */
#include "core/gradcheck.h"

#include <math.h>
#include <stdio.h>

#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- an op that is wrong on demand: y = a b^2, b broadcast --------------------------------------------------------
 */

typedef enum mistake {
    RIGHT,
    SIGN,         /* of a's gradient */
    FACTOR,       /* 1.001 times b's */
    FORGOTTEN,    /* b's gradient is left out */
    NOT_SUMMED,   /* b's gradient takes the first row alone */
    ONE_ENTRY,    /* a's last entry is off by 1e-4 */
    CURVED,       /* b's last entry is off by 2e-6 of itself, less than its slope changes within a step */
    SECOND_ORDER, /* right, but made of values where it should be made of ops */
    NOT_LINEAR,   /* the cotangent enters squared */
    RANDOM,       /* another gradient each time */
    NOT_A_NUMBER, /* a's gradient is NaN */
    INFINITE      /* a's gradient is infinite */
} mistake;

static mistake planted;
static int sweeps;

static gt_status forward(const gt_call *call)
{
    const gt_shape *shape = &call->input[0].spec->shape;
    int64_t n = gt_operand_size(&call->input[1]), size = gt_shape_size(shape);
    const double *a = call->input[0].data, *b = call->input[1].data;
    for (int64_t i = 0; i < size; i++)
        ((double *)call->output[0].data)[i] = a[i] * b[i % n] * b[i % n];
    return GT_OK;
}

/* A tensor of the tape with one entry changed. */
static gt_tensor *changed(gt_tape *tape, gt_tensor *x, double factor, double offset)
{
    gt_tensor *copy = gt_copy(tape, x);
    double *values = gt_tensor_data_write(copy);
    values[gt_tensor_size(copy) - 1] = values[gt_tensor_size(copy) - 1] * factor + offset;
    return copy;
}

/* The same values as a constant. */
static gt_tensor *frozen(gt_tape *tape, gt_tensor *x)
{
    gt_tape_pause(tape);
    gt_tensor *copy = gt_copy(tape, x);
    gt_tape_resume(tape);
    return copy;
}

static gt_tensor *gradient_of_a(gt_tape *tape, gt_tensor *dy, gt_tensor *b)
{
    if (planted == NOT_LINEAR)
        dy = gt_mul(tape, dy, gt_square(tape, dy));
    gt_tensor *dx = gt_mul(tape, dy, gt_square(tape, planted == SECOND_ORDER ? frozen(tape, b) : b));
    if (planted == SIGN)
        return gt_neg(tape, dx);
    if (planted == ONE_ENTRY)
        return changed(tape, dx, 1, 1e-4);
    if (planted == RANDOM)
        return gt_scale(tape, dx, 1 + 1e-15 * ++sweeps);
    if (planted == NOT_A_NUMBER || planted == INFINITE)
        return changed(tape, dx, 1, planted == INFINITE ? (double)INFINITY : (double)NAN);
    return dx;
}

static gt_tensor *gradient_of_b(gt_tape *tape, gt_tensor *dy, gt_tensor *a, gt_tensor *b)
{
    gt_tensor *dx = gt_scale(tape, gt_mul(tape, gt_mul(tape, dy, a), b), planted == FACTOR ? 2.002 : 2);
    if (planted == NOT_SUMMED)
        return gt_slice(tape, dx, (const int64_t[]){0, 0}, (const int64_t[]){1, -1});
    dx = gt_sum(tape, dx, &(gt_axes){.count = 1, .axis = {0}, .keepdims = true});
    return planted == CURVED ? changed(tape, dx, 1 + 2e-6, 0) : dx;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *a = gt_node_input(node, 0), *b = gt_node_input(node, 1);
    if (gt_wants(node, 0))
        dx[0] = gradient_of_a(tape, dy[0], b);
    if (gt_wants(node, 1) && planted != FORGOTTEN)
        dx[1] = gradient_of_b(tape, dy[0], a, b);
}

static const gt_sample samples[] = {{.name = "rows", .inputs = {GT_NORMAL(3, 4), GT_UNIFORM(1, 2, 1, 4)}}, {0}};

static const gt_op scaled = {.name = "suite.scaled",
                             .inputs = 2,
                             .outputs = 1,
                             .infer = gt_infer_broadcast,
                             .kernel = forward,
                             .vjp = vjp,
                             .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
                             .samples = samples,
                             .slot = GT_SLOT};

/* ---- planted mistakes -------------------------------------------------------------------------------------------- */

START_TEST(right_gradient_passes_both_orders)
{
    for (int order = 1; order <= 2; order++) {
        gt_gradcheck_report report;
        ck_assert_msg(gt_gradcheck_sample(&scaled, samples, order, &report) == GT_OK, "%s", report.message);
        ck_assert_int_eq(report.compared, order == 1 ? 16 : 28); /* order 2: the cotangents are inputs too */
        ck_assert_int_eq(report.skipped, 0);
        ck_assert(report.worst < 1);
        ck_assert_str_eq(report.message, "");
    }
}
END_TEST

static const struct {
    mistake planted;
    int order;
    const char *message; /* after op and sample */
} mistakes[] = {
    {SIGN, 1, ": input 0 (3, 4), entry (0, 0): analytic "},
    {FACTOR, 1, ": input 1 (1, 4), entry (0, 0): analytic "},
    {FORGOTTEN, 1, ": input 1 (1, 4), entry (0, 0): analytic 0, numeric "},
    {NOT_SUMMED, 1, ": input 1 (1, 4), entry (0, 0): analytic "},
    {ONE_ENTRY, 1, ": input 0, entry 11: the sweep is not linear in the cotangent: "},
    {CURVED, 1, ": input 1 (1, 4), entry (0, 3): analytic "},
    {SECOND_ORDER, 2, ", order 2: input 1 (1, 4), entry (0, 0): analytic "},
    {NOT_LINEAR, 1, ": input 0, entry 0: the sweep is not linear in the cotangent: "},
    {RANDOM, 1, ": input 0, entry "},
    {NOT_A_NUMBER, 1, ": input 0 (3, 4), entry (2, 3): analytic "},
    {INFINITE, 1, ": input 0 (3, 4), entry (2, 3): analytic inf, numeric "},
};
enum { MISTAKES = sizeof mistakes / sizeof mistakes[0] };

START_TEST(planted_mistake_is_found_and_described)
{
    gt_gradcheck_report report;
    planted = mistakes[_i].planted;
    ck_assert_int_eq(gt_gradcheck_sample(&scaled, samples, mistakes[_i].order, &report), GT_ERR_GRADIENT);
    ck_assert_contains(report.message, "suite.scaled, sample 'rows'");
    ck_assert_contains(report.message, mistakes[_i].message);
    ck_assert_str_eq(report.message, gt_last_error());
}
END_TEST

START_TEST(second_order_mistake_is_right_at_first_order)
{
    planted = SECOND_ORDER;
    ck_assert_int_eq(gt_gradcheck_sample(&scaled, samples, 1, NULL), GT_OK);
}
END_TEST

START_TEST(message_has_both_values)
{
    /* y = a b^2 with b = 2: d/da = 4, planted with the other sign; the cotangent is drawn. */
    gt_gradcheck_report report;
    double analytic, numeric;
    planted = SIGN;
    gt_gradcheck_sample(&scaled, samples, 1, &report);
    const char *values = strstr(report.message, "analytic");
    ck_assert_int_eq(sscanf(values, "analytic %lf, numeric %lf", &analytic, &numeric), 2);
    ck_assert_double_eq_tol(analytic, -numeric, 1e-6);
}
END_TEST

/* ---- functions of a user's ------------------------------------------------------------------------------------------
 */

static gt_status relu_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_relu(tape, inputs[0]);
    return GT_OK;
}

static gt_status dropout_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_dropout(tape, gt_square(tape, inputs[0]), 0.25);
    return GT_OK;
}

static gt_status counting_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    outputs[0] = gt_scale(tape, inputs[0], ++*(int *)context);
    return GT_OK;
}

static gt_status no_output_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)tape, (void)inputs, (void)outputs, (void)context;
    return GT_OK;
}

static gt_status narrow_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_cast(tape, inputs[0], GT_FLOAT32);
    return GT_OK;
}

static gt_status integer_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_argmax(tape, inputs[0], 0);
    return GT_OK;
}

static gt_status constant_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_stop_gradient(tape, gt_sign(tape, inputs[0]));
    return GT_OK;
}

static gt_status failing_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_matmul(tape, inputs[0], inputs[0], NULL);
    return GT_OK;
}

static gt_status layer_function(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_tanh(tape, gt_linear(tape, inputs[0], inputs[1], inputs[2]));
    outputs[1] = gt_sum(tape, outputs[0], NULL);
    return GT_OK;
}

static gt_status run(gt_status (*body)(gt_tape *, gt_tensor *const[], gt_tensor *[], void *), gt_tensor *input,
                     void *context, gt_gradcheck_report *report)
{
    const gt_function function = {"mine", 1, body, context};
    return gt_gradcheck(&function, 1, &input, NULL, report);
}

START_TEST(function_of_several_inputs_and_outputs)
{
    gt_tensor *inputs[] = {gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), (const double[]){.1, .2, .3, -.4}),
                           gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), (const double[]){.5, -.6, .7, .8, .9, -1}),
                           VECTOR(.1, .2, .3)};
    const gt_function function = {"layer", 2, layer_function, NULL};
    for (int order = 1; order <= 2; order++) {
        gt_gradcheck_report report;
        const gt_gradcheck_options options = {.order = order};
        ck_assert_msg(gt_gradcheck(&function, 3, inputs, &options, &report) == GT_OK, "%s", report.message);
        ck_assert_int_eq(report.compared, order == 1 ? 13 : 20);
    }
    ck_assert_values(inputs[0], .1, .2, .3, -.4); /* restored */
    for (int i = 0; i < 3; i++)
        gt_tensor_free(inputs[i]);
}
END_TEST

START_TEST(constant_input_is_left_alone)
{
    gt_tensor *inputs[] = {VECTOR(1, 2), VECTOR(3, 4)};
    uint64_t version = gt_tensor_version(inputs[1]);
    gt_gradcheck_report report;
    const gt_function relu = {"relu", 1, relu_function, NULL};
    ck_assert_int_eq(gt_gradcheck(&relu, 2, inputs, &(gt_gradcheck_options){.constant = 2}, &report), GT_OK);
    ck_assert_int_eq(report.compared, 2);
    ck_assert_uint_eq(gt_tensor_version(inputs[1]), version);
    gt_tensor_free(inputs[0]);
    gt_tensor_free(inputs[1]);
}
END_TEST

/* Kinks at x, and at several distances from it that a step of 1e-5 reaches. */
START_TEST(kink_is_skipped_and_counted)
{
    static const double distances[] = {0, 1e-9, -1e-9, 2e-7, -2e-7, 5e-7, -6e-7, 1e-6, -3e-6, 9e-6, -9.9e-6};
    gt_tensor *x = VECTOR(1, -2, 3, 4, -5, 6, 7, 8, -9, distances[_i], 11);
    gt_gradcheck_report report;
    ck_assert_msg(run(relu_function, x, NULL, &report) == GT_OK, "%s", report.message);
    ck_assert_int_eq(report.skipped, 1);
    ck_assert_int_eq(report.compared, 10);
    ck_assert_int_eq(report.zero, 3);
    gt_tensor_free(x);
}
END_TEST

START_TEST(more_than_a_tenth_at_kinks_fails)
{
    gt_tensor *x = VECTOR(1, -2, 3, 4, -5, 6, 7, 0, 9);
    gt_gradcheck_report report;
    ck_assert_int_eq(run(relu_function, x, NULL, &report), GT_ERR_GRADIENT);
    ck_assert_str_eq(report.message, "mine: input 0: 1 of 9 entries lie at kinks: too many to skip");
    gt_tensor_free(x);
}
END_TEST

START_TEST(nothing_but_zeros_fails)
{
    gt_tensor *x = VECTOR(1, -2, 3);
    gt_gradcheck_report report;
    ck_assert_int_eq(run(constant_function, x, NULL, &report), GT_ERR_GRADIENT);
    ck_assert_str_eq(report.message, "mine: input 0: every gradient is zero, so nothing was checked");
    const gt_function function = {"mine", 1, constant_function, NULL};
    ck_assert_int_eq(gt_gradcheck(&function, 1, &x, &(gt_gradcheck_options){.zero = 1}, &report), GT_OK);
    ck_assert_int_eq(report.zero, 3);
    gt_tensor_free(x);
}
END_TEST

START_TEST(float32_is_refused)
{
    gt_tensor *x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(2));
    gt_gradcheck_report report;
    ck_assert_int_eq(run(relu_function, x, NULL, &report), GT_ERR_DTYPE);
    ck_assert_str_eq(report.message, "gt_gradcheck: mine: input 0 is float32: differences need float64");
    gt_tensor_free(x);
}
END_TEST

START_TEST(float32_output_is_refused)
{
    gt_tensor *x = VECTOR(1, 2, 3);
    gt_gradcheck_report report;
    ck_assert_int_eq(run(narrow_function, x, NULL, &report), GT_ERR_DTYPE);
    ck_assert_str_eq(report.message, "mine: output 0 is float32: differences need float64");
    gt_tensor_free(x);
}
END_TEST

START_TEST(function_that_is_not_deterministic_is_found)
{
    gt_tensor *x = VECTOR(1, 2, 3);
    int count = 0;
    gt_gradcheck_report report;
    ck_assert_int_eq(run(counting_function, x, &count, &report), GT_ERR_GRADIENT);
    ck_assert_contains(report.message, "mine: input 0, entry 0: the sweep run twice gave two results: ");
    gt_tensor_free(x);
}
END_TEST

START_TEST(dropout_repeats_itself_so_it_can_be_checked)
{
    gt_tensor *x = VECTOR(1, 2, 3, 4, 5, 6, 7, 8);
    gt_gradcheck_report report;
    ck_assert_msg(run(dropout_function, x, NULL, &report) == GT_OK, "%s", report.message);
    ck_assert_int_lt(report.zero, 8);
    gt_tensor_free(x);
}
END_TEST

START_TEST(function_without_an_output_is_refused)
{
    gt_tensor *x = VECTOR(1);
    gt_gradcheck_report report;
    ck_assert_int_eq(run(no_output_function, x, NULL, &report), GT_ERR_ARGUMENT);
    ck_assert_str_eq(report.message, "mine: output 0 is NULL");
    gt_tensor_free(x);
}
END_TEST

START_TEST(function_of_integers_alone_is_unsupported)
{
    gt_tensor *x = VECTOR(1, 3, 2);
    gt_gradcheck_report report;
    ck_assert_int_eq(run(integer_function, x, NULL, &report), GT_ERR_UNSUPPORTED);
    gt_tensor_free(x);
}
END_TEST

START_TEST(error_of_the_function_is_passed_on)
{
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(2, 3));
    gt_gradcheck_report report;
    ck_assert_int_eq(run(failing_function, x, NULL, &report), GT_ERR_SHAPE);
    ck_assert_contains(report.message, "matmul: ");
    gt_tensor_free(x);
}
END_TEST

START_TEST(wrong_arguments_are_errors)
{
    gt_tensor *x = VECTOR(1), *null = NULL;
    const gt_function function = {"mine", 1, relu_function, NULL}, nameless = {NULL, 1, relu_function, NULL},
                      outputless = {"mine", 0, relu_function, NULL};
    ck_assert_int_eq(gt_gradcheck(NULL, 1, &x, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck(&nameless, 1, &x, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck(&outputless, 1, &x, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck(&function, 0, &x, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck(&function, 1, &null, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck(&function, 1, &x, &(gt_gradcheck_options){.order = 3}, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck_sample(NULL, samples, 1, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_gradcheck_sample(&scaled, NULL, 1, NULL), GT_ERR_ARGUMENT);
    gt_tensor_free(x);
}
END_TEST

int main(void)
{
    return run_suite("gradcheck", (const suite_test[]){
                                      TEST(right_gradient_passes_both_orders),
                                      LOOP_TEST(planted_mistake_is_found_and_described, MISTAKES),
                                      TEST(second_order_mistake_is_right_at_first_order),
                                      TEST(message_has_both_values),
                                      TEST(function_of_several_inputs_and_outputs),
                                      TEST(constant_input_is_left_alone),
                                      LOOP_TEST(kink_is_skipped_and_counted, 11),
                                      TEST(more_than_a_tenth_at_kinks_fails),
                                      TEST(nothing_but_zeros_fails),
                                      TEST(float32_is_refused),
                                      TEST(float32_output_is_refused),
                                      TEST(function_that_is_not_deterministic_is_found),
                                      TEST(dropout_repeats_itself_so_it_can_be_checked),
                                      TEST(function_without_an_output_is_refused),
                                      TEST(function_of_integers_alone_is_unsupported),
                                      TEST(error_of_the_function_is_passed_on),
                                      TEST(wrong_arguments_are_errors),
                                      END_OF_TESTS,
                                  });
}
