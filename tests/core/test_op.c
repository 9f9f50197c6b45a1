/* core/op.h as the author of an op uses it: checks for shape rules, what a vjp sees of its node, random streams. */
#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- checks for shape rules -------------------------------------------------------------------------------------- */

static const gt_op mine = {.name = "mine"};

/* Runs a check on inputs of float32 (2, 3), float64 (2, 3) and int32 (2, 4). */
static gt_infer inputs_of_three_kinds(void)
{
    static gt_spec spec[3];
    static const gt_spec *input[3] = {&spec[0], &spec[1], &spec[2]};
    spec[0] = (gt_spec){GT_FLOAT32, GT_SHAPE(2, 3)};
    spec[1] = (gt_spec){GT_FLOAT64, GT_SHAPE(2, 3)};
    spec[2] = (gt_spec){GT_INT32, GT_SHAPE(2, 4)};
    return (gt_infer){&mine, NULL, 3, input, NULL};
}

START_TEST(need_real_takes_both_float_dtypes_and_names_another)
{
    const gt_infer call = inputs_of_three_kinds();
    ck_assert_int_eq(gt_need_real(&call, 0), GT_OK);
    ck_assert_int_eq(gt_need_real(&call, 1), GT_OK);
    ck_assert_int_eq(gt_need_real(&call, 2), GT_ERR_DTYPE);
    ck_assert_str_eq(gt_last_error(), "mine: input 2 is int32, a float tensor is expected");
}
END_TEST

START_TEST(need_dtype_names_what_came_and_what_was_expected)
{
    const gt_infer call = inputs_of_three_kinds();
    ck_assert_int_eq(gt_need_dtype(&call, 2, GT_INT32), GT_OK);
    ck_assert_int_eq(gt_need_dtype(&call, 0, GT_INT32), GT_ERR_DTYPE);
    ck_assert_str_eq(gt_last_error(), "mine: input 0 is float32, int32 is expected");
}
END_TEST

START_TEST(need_same_dtype_names_both)
{
    const gt_infer call = inputs_of_three_kinds();
    ck_assert_int_eq(gt_need_same_dtype(&call, 0, 0), GT_OK);
    ck_assert_int_eq(gt_need_same_dtype(&call, 0, 1), GT_ERR_DTYPE);
    ck_assert_contains(gt_last_error(), "mine: dtypes differ: input 0 is float32, input 1 float64");
}
END_TEST

START_TEST(need_same_shape_names_both)
{
    const gt_infer call = inputs_of_three_kinds();
    ck_assert_int_eq(gt_need_same_shape(&call, 0, 1), GT_OK);
    ck_assert_int_eq(gt_need_same_shape(&call, 1, 2), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_last_error(), "mine: shapes differ: input 1 is (2, 3), input 2 (2, 4)");
}
END_TEST

/* ---- what a vjp sees ----------------------------------------------------------------------------------------------
 */

static const gt_op probe;

static gt_status probe_infer(const gt_infer *call)
{
    call->output[0] = *call->input[0];
    call->output[1] = *call->input[1];
    return GT_OK;
}

static gt_status probe_kernel(const gt_call *call)
{
    for (int i = 0; i < 2; i++)
        *(double *)call->output[i].data = 10 * *(const double *)call->input[i].data;
    return GT_OK;
}

typedef struct probe_attributes {
    int64_t mark;
} probe_attributes;

static void probe_vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    ck_assert_ptr_eq(gt_node_op(node), &probe);
    ck_assert_int_eq(gt_node_inputs(node), 2);
    ck_assert_int_eq(((const probe_attributes *)gt_node_attributes(node))->mark, 77);
    ck_assert_int_eq(gt_node_input_spec(node, 0)->shape.rank, 0);
    ck_assert_int_eq(gt_node_input_spec(node, 1)->shape.dim[0], 1);
    ck_assert_int_eq(gt_node_output_spec(node, 1)->shape.rank, 1);
    ck_assert_int_eq(gt_node_output_spec(node, 0)->dtype, GT_FLOAT64);
    ck_assert_double_eq(gt_tensor_item(gt_node_input(node, 1)), 3);
    ck_assert_double_eq(gt_tensor_item(gt_node_output(node, 0)), 20);
    ck_assert(gt_wants(node, 0));
    ck_assert(!gt_wants(node, 1));
    ck_assert_ptr_null(dy[1]);
    dx[0] = gt_scale(tape, dy[0], 10);
}

static const gt_field probe_fields[] = {GT_INT(probe_attributes, mark), {0}};

static const gt_op probe = {.name = "probe",
                            .inputs = 2,
                            .outputs = 2,
                            .infer = probe_infer,
                            .kernel = probe_kernel,
                            .vjp = probe_vjp,
                            .keeps = GT_KEEPS_INPUT(1) | GT_KEEPS_OUTPUT(0),
                            .attribute_size = sizeof(probe_attributes),
                            .fields = probe_fields,
                            .slot = GT_SLOT};

START_TEST(vjp_sees_its_node)
{
    const double three = 3;
    gt_tensor *x[] = {gt_tensor_scalar(GT_FLOAT64, 2), gt_tensor_from(GT_FLOAT64, GT_SHAPE(1), &three)};
    gt_tensor *y[2], *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_watch(tape, x[0]);
    gt_tape_begin(tape);
    ck_assert_int_eq(gt_apply_all(tape, &probe, x, 2, &(probe_attributes){77}, y), GT_OK);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y[0], 1, &x[0], &gradient), GT_OK);
    ck_assert_double_eq(gt_tensor_item(gradient), 10);
    gt_tape_free(tape);
    gt_tensor_free(x[0]);
    gt_tensor_free(x[1]);
}
END_TEST

/* ---- functions made of ops -----------------------------------------------------------------------------------------
 */

START_TEST(sum_to_is_the_reverse_of_broadcasting)
{
    const double values[] = {1, 2, 3, 4, 5, 6};
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 3), values);
    gt_tape *tape = gt_tape_new(GT_CPU);
    const gt_tensor *row = gt_sum_to(tape, x, &GT_SHAPE(3)), *column = gt_sum_to(tape, x, &GT_SHAPE(2, 1));
    const double columns[] = {5, 7, 9}, rows[] = {6, 15};
    ck_assert_mem_eq(gt_tensor_data(row), columns, sizeof columns);
    ck_assert_mem_eq(gt_tensor_data(column), rows, sizeof rows);
    ck_assert_double_eq(gt_tensor_item(gt_sum_to(tape, x, &GT_SCALAR)), 21);
    ck_assert_ptr_eq(gt_sum_to(tape, x, &GT_SHAPE(2, 3)), x);
    ck_assert_ptr_null(gt_sum_to(tape, x, &GT_SHAPE(2)));
    ck_assert_contains(gt_tape_message(tape), "sum_to: ");
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(random_blocks_are_taken_once)
{
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.seed = 5});
    const gt_random first = gt_tape_random(tape, 3), second = gt_tape_random(tape, 1);
    ck_assert_uint_eq(first.key, second.key);
    ck_assert_uint_eq(second.offset, first.offset + 3);
    gt_tape_seed(tape, 5);
    ck_assert_uint_eq(gt_tape_random(tape, 1).offset, first.offset);
    gt_tape_seed(tape, 6);
    ck_assert_uint_ne(gt_tape_random(tape, 1).key, first.key);
    ck_assert_uint_eq(gt_tape_random(NULL, 1).key, 0);
    gt_tape_free(tape);
}
END_TEST

int main(void)
{
    return run_suite("op", (const suite_test[]){
                               TEST(need_real_takes_both_float_dtypes_and_names_another),
                               TEST(need_dtype_names_what_came_and_what_was_expected),
                               TEST(need_same_dtype_names_both),
                               TEST(need_same_shape_names_both),
                               TEST(vjp_sees_its_node),
                               TEST(sum_to_is_the_reverse_of_broadcasting),
                               TEST(random_blocks_are_taken_once),
                               END_OF_TESTS,
                           });
}
