/* core/registry: what a descriptor must fulfil, and a program's own op from registration to its gradient check. */
#include <math.h>
#include <stdio.h>

#include "core/gradcheck.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- an op with attributes of every type: y = factor x^power + sum of shift ------------------------------------- */

typedef struct curve_attributes {
    int64_t power;
    double shift[2];
    double factor;
    gt_shape note; /* only shown */
} curve_attributes;

static const gt_field curve_fields[] = {
    GT_INT(curve_attributes, power),
    GT_REAL(curve_attributes, shift),
    GT_REAL(curve_attributes, factor),
    GT_DIMS(curve_attributes, note),
    {0},
};

static const curve_attributes cubic = {3, {0.5, 0.25}, 2, GT_DIMENSIONS(4, 5)};
static const curve_attributes constant = {0, {1, 2}, 7, {0, {0}}};

static gt_status curve_kernel(const gt_call *call)
{
    const curve_attributes *a = call->attributes;
    bool single = call->input[0].spec->dtype == GT_FLOAT32;
    for (int64_t i = 0; i < gt_operand_size(&call->output[0]); i++) {
        double x = single ? (double)((const float *)call->input[0].data)[i] : ((const double *)call->input[0].data)[i];
        double y = a->factor * pow(x, (double)a->power) + a->shift[0] + a->shift[1];
        if (single)
            ((float *)call->output[0].data)[i] = (float)y;
        else
            ((double *)call->output[0].data)[i] = y;
    }
    return GT_OK;
}

static const gt_op curve;

static void curve_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const curve_attributes *a = gt_node_attributes(node);
    if (a->power == 0)
        return;
    const curve_attributes slope = {a->power - 1, {0, 0}, a->factor * (double)a->power, {0, {0}}};
    gt_tensor *x = gt_node_input(node, 0);
    dx[0] = gt_mul(tape, dy[0], gt_apply(tape, &curve, &x, 1, &slope));
}

static const gt_sample curve_samples[] = {
    {.name = "cubic", .inputs = {GT_NORMAL(3, 2)}, .attributes = &cubic},
    {.name = "constant", .inputs = {GT_NORMAL(3)}, .attributes = &constant, .zero_gradient = 1},
    {.name = "empty", .inputs = {GT_NORMAL(0)}, .attributes = &cubic},
    {0},
};

static const gt_op curve = {.name = "suite.curve",
                            .inputs = 1,
                            .outputs = 1,
                            .infer = gt_infer_like_first,
                            .kernel = curve_kernel,
                            .vjp = curve_vjp,
                            .keeps = GT_KEEPS_INPUT(0),
                            .attribute_size = sizeof(curve_attributes),
                            .fields = curve_fields,
                            .samples = curve_samples,
                            .slot = GT_SLOT};

START_TEST(registered_op_is_found_and_listed_last)
{
    int count = gt_op_count();
    ck_assert_ptr_null(gt_op_find("suite.curve"));
    ck_assert_int_eq(gt_op_register(&curve), GT_OK);
    ck_assert_int_eq(gt_op_count(), count + 1);
    ck_assert_ptr_eq(gt_op_at(count), &curve);
    ck_assert_ptr_eq(gt_op_find("suite.curve"), &curve);
    ck_assert_ptr_null(gt_op_at(count + 1));
    ck_assert_ptr_null(gt_op_at(-1));
    ck_assert_ptr_null(gt_op_find(NULL));
}
END_TEST

START_TEST(names_are_registered_once)
{
    gt_op twin = curve, builtin = curve;
    builtin.name = "add";
    ck_assert_int_eq(gt_op_register(&curve), GT_OK);
    ck_assert_int_eq(gt_op_register(&twin), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(), "gt_op_register: there is an op 'suite.curve' already");
    ck_assert_int_eq(gt_op_register(&builtin), GT_ERR_ARGUMENT);
}
END_TEST

START_TEST(the_table_of_registered_ops_has_an_end)
{
    static gt_op ops[257];
    static char names[257][24];
    for (int i = 0; i < 257; i++) {
        ops[i] = curve;
        snprintf(names[i], sizeof names[i], "suite.%d", i);
        ops[i].name = names[i];
        ck_assert_int_eq(gt_op_register(&ops[i]), i < 256 ? GT_OK : GT_ERR_ARGUMENT);
    }
    ck_assert_str_eq(gt_last_error(), "gt_op_register: at most 256 ops can be registered");
}
END_TEST

START_TEST(registered_op_passes_the_gradient_check)
{
    for (int order = 1; order <= 2; order++) {
        gt_gradcheck_report report;
        ck_assert_msg(gt_gradcheck_sample(&curve, &curve_samples[0], order, &report) == GT_OK, "%s", report.message);
        ck_assert_int_ge(report.compared, 6);
        ck_assert_int_eq(gt_gradcheck_sample(&curve, &curve_samples[2], order, &report), GT_ERR_UNSUPPORTED);
    }
    ck_assert_int_eq(gt_gradcheck_sample(&curve, &curve_samples[1], 1, NULL), GT_OK);
}
END_TEST

START_TEST(attributes_are_copied_into_the_node)
{
    gt_tensor *w = PARAMETER("w", 2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    curve_attributes attributes = cubic;
    gt_tape_begin(tape);
    gt_tensor *y = gt_apply(tape, &curve, &w, 1, &attributes);
    attributes.power = 99;
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(y, 16.75);
    ck_assert_values(gradient, 24);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(attributes_are_printed_through_their_table)
{
    printed out = {0};
    gt_attributes_print(&curve, &cubic, print_into, &out);
    ck_assert_str_eq(out.text, "power=3 shift=0.5,0.25 factor=2 note=(4, 5)");
    gt_attributes_print(NULL, &cubic, print_into, &out);
    gt_attributes_print(&curve, NULL, print_into, &out);
    ck_assert_str_eq(out.text, "power=3 shift=0.5,0.25 factor=2 note=(4, 5)");
}
END_TEST

/* ---- what a descriptor must fulfil ------------------------------------------------------------------------------ */

static int64_t at_start(const gt_infer *call)
{
    (void)call;
    return 0;
}

static const gt_op writing = {.name = "suite.writing",
                              .inputs = 1,
                              .infer = gt_infer_like_first,
                              .kernel = curve_kernel,
                              .writes = GT_INPUT(0),
                              .slot = GT_SLOT};

static const gt_field gap[] = {{"power", GT_FIELD_INT, 0, 1}, {"factor", GT_FIELD_REAL, 24, 1}, {0}};
static const gt_field early_end[] = {{"power", GT_FIELD_INT, 0, 1}, {0}};
static const gt_field no_entries[] = {{"power", GT_FIELD_INT, 0, 0}, {0}};

typedef struct flaw {
    void (*plant)(gt_op *op);
    const char *message;
} flaw;

#define FLAW(name, change)                                                                                             \
    static void name(gt_op *op)                                                                                        \
    {                                                                                                                  \
        change;                                                                                                        \
    }
FLAW(no_name, op->name = NULL)
FLAW(empty_name, op->name = "")
FLAW(upper_case, op->name = "Curve")
FLAW(too_many_inputs, op->inputs = GT_MAX_INPUTS + 1)
FLAW(negative_inputs, op->inputs = -2)
FLAW(too_many_outputs, op->outputs = GT_MAX_OUTPUTS + 1)
FLAW(no_outputs, op->outputs = 0)
FLAW(no_infer, op->infer = NULL)
FLAW(no_slot, op->slot = NULL)
FLAW(view_with_kernel, op->view = at_start)
FLAW(writes_with_outputs, op->writes = 1)
FLAW(keeps_a_missing_input, op->keeps |= GT_KEEPS_INPUT(1))
FLAW(keeps_a_missing_output, op->keeps |= GT_KEEPS_OUTPUT(1))
FLAW(no_gradient_of_a_missing_input, op->no_gradient = GT_INPUT(3))
FLAW(fields_with_a_gap, op->fields = gap)
FLAW(fields_end_early, op->fields = early_end)
FLAW(fields_missing, op->fields = NULL)
FLAW(field_without_entries, op->fields = no_entries)
FLAW(accumulates_into_nothing, op->accumulate = &curve)
FLAW(accumulates_other_attributes, op->accumulate = &writing)

static const flaw flaws[] = {
    {no_name, "the op has no name"},
    {empty_name, "the op has no name"},
    {upper_case, "Curve: an op's name has a-z"},
    {too_many_inputs, "33 inputs, at most 32 are possible"},
    {negative_inputs, "-2 inputs"},
    {too_many_outputs, "5 outputs, 1 to 4 are possible"},
    {no_outputs, "0 outputs, 1 to 4 are possible"},
    {no_infer, "no infer"},
    {no_slot, "no slot"},
    {view_with_kernel, "a view shares its first input's memory and has no kernel"},
    {writes_with_outputs, "neither a vjp nor outputs"},
    {keeps_a_missing_input, "names an operand that it has not"},
    {keeps_a_missing_output, "names an operand that it has not"},
    {no_gradient_of_a_missing_input, "names an operand that it has not"},
    {fields_with_a_gap, "attribute 'factor' lies at byte 24, but the fields before it end at 8"},
    {fields_end_early, "their fields 8"},
    {fields_missing, "their fields 0"},
    {field_without_entries, "attribute 'power' has a count of 0"},
    {accumulates_into_nothing, "accumulate must write its first input alone"},
    {accumulates_other_attributes, "accumulate must write its first input alone"},
};
enum { FLAWS = sizeof flaws / sizeof flaws[0] };

START_TEST(flawed_descriptor_is_refused)
{
    gt_op op = curve;
    ck_assert_int_eq(gt_op_check(&op), GT_OK);
    flaws[_i].plant(&op);
    int count = gt_op_count();
    ck_assert_int_eq(gt_op_check(&op), GT_ERR_ARGUMENT);
    ck_assert_contains(gt_last_error(), flaws[_i].message);
    ck_assert_int_eq(gt_op_register(&op), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_op_count(), count);
}
END_TEST

START_TEST(no_descriptor_is_refused)
{
    ck_assert_int_eq(gt_op_check(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_op_check(&writing), GT_OK);
    ck_assert(!gt_op_runs_on(NULL, GT_CPU));
    ck_assert(!gt_op_runs_on(&curve, (gt_device)9));
    ck_assert(gt_op_runs_on(&curve, GT_CPU));
}
END_TEST

int main(void)
{
    return run_suite("registry", (const suite_test[]){
                                     TEST(registered_op_is_found_and_listed_last),
                                     TEST(names_are_registered_once),
                                     TEST(the_table_of_registered_ops_has_an_end),
                                     TEST(registered_op_passes_the_gradient_check),
                                     TEST(attributes_are_copied_into_the_node),
                                     TEST(attributes_are_printed_through_their_table),
                                     LOOP_TEST(flawed_descriptor_is_refused, FLAWS),
                                     TEST(no_descriptor_is_refused),
                                     END_OF_TESTS,
                                 });
}
