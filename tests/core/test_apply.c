/* core/apply: what an op checks before it runs, other devices, ops that write, scratch, scopes. */
#include "core/memory.h"
#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/pretended.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- a device that is only pretended, and ops of this suite's own -------------------------------------------------
 */

/* Adds up its inputs; on the pretended device, the double of that. */
static gt_status total_kernel(const gt_call *call)
{
    double *y = call->output[0].data;
    for (int64_t i = 0; i < gt_operand_size(&call->output[0]); i++) {
        y[i] = 0;
        for (int k = 0; k < call->inputs; k++)
            y[i] += ((const double *)call->input[k].data)[i];
    }
    return GT_OK;
}

static gt_status double_total_kernel(const gt_call *call)
{
    gt_status status = total_kernel(call);
    double *y = call->output[0].data;
    for (int64_t i = 0; i < gt_operand_size(&call->output[0]); i++)
        y[i] *= 2;
    return status;
}

static const gt_op total = {.name = "total",
                            .inputs = GT_VARIADIC,
                            .outputs = 1,
                            .infer = gt_infer_like_first,
                            .kernel = total_kernel,
                            .slot = GT_SLOT};

typedef struct power_attributes {
    int64_t power;
} power_attributes;

static const gt_field power_fields[] = {GT_INT(power_attributes, power), {0}};

/* x[0] *= power, in place. */
static gt_status power_kernel(const gt_call *call)
{
    double *x = call->input[0].data;
    for (int64_t i = 0; i < gt_operand_size(&call->input[0]); i++)
        x[i] *= (double)((const power_attributes *)call->attributes)->power;
    return GT_OK;
}

static const gt_op power = {.name = "power",
                            .inputs = 2,
                            .infer = gt_infer_like_first,
                            .kernel = power_kernel,
                            .writes = GT_INPUT(0),
                            .attribute_size = sizeof(power_attributes),
                            .fields = power_fields,
                            .slot = GT_SLOT};

static const power_attributes three = {3};

/* Takes as many workspaces as its attribute says, and writes each to the end. */
static gt_status scratch_kernel(const gt_call *call)
{
    int64_t count = ((const power_attributes *)call->attributes)->power;
    char *block[16];
    for (int64_t i = 0; i < count; i++)
        if (!(block[i] = gt_call_scratch(call, (size_t)(1000 * i))))
            return GT_ERR_MEMORY;
    for (int64_t i = 0; i < count; i++)
        memset(block[i], (int)i, (size_t)(1000 * i));
    *(double *)call->output[0].data = count > 1 ? block[1][999] : 0;
    return GT_OK;
}

static const gt_op scratchy = {.name = "scratchy",
                               .inputs = 1,
                               .outputs = 1,
                               .infer = gt_infer_like_first,
                               .kernel = scratch_kernel,
                               .attribute_size = sizeof(power_attributes),
                               .fields = power_fields,
                               .slot = GT_SLOT};

/* ---- arguments -------------------------------------------------------------------------------------------------- */

START_TEST(wrong_count_is_an_error)
{
    gt_tensor *x = VECTOR(1), *inputs[33];
    for (int i = 0; i < 33; i++)
        inputs[i] = x;
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_ptr_null(gt_apply(tape, gt_op_find("add"), inputs, 1, NULL));
    ck_assert_str_eq(gt_tape_message(tape), "add: 1 inputs given, 2 expected");
    gt_tape_reset(tape);
    ck_assert_ptr_null(gt_apply(tape, &total, inputs, 33, NULL));
    ck_assert_str_eq(gt_tape_message(tape), "total: 33 inputs given, 1 to 32 expected");
    gt_tape_reset(tape);
    ck_assert_ptr_null(gt_apply(tape, &total, inputs, 0, NULL));
    gt_tape_reset(tape);
    ck_assert_values(gt_apply(tape, &total, inputs, 32, NULL), 32);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(missing_attributes_are_an_error)
{
    gt_tensor *x = VECTOR(1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_ptr_null(gt_apply(tape, gt_op_find("broadcast_to"), &x, 1, NULL));
    ck_assert_str_eq(gt_tape_message(tape), "broadcast_to: the attributes are NULL");
    ck_assert_int_eq(gt_run(&power, (gt_tensor *[]){x, x}, 2, NULL), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(missing_op_is_an_error)
{
    gt_tensor *x = VECTOR(1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_ptr_null(gt_apply(tape, NULL, &x, 1, NULL));
    ck_assert_str_eq(gt_last_error(), "gt_apply: the op is NULL");
    ck_assert_ptr_null(gt_apply(NULL, &total, &x, 1, NULL));
    ck_assert_str_eq(gt_last_error(), "total: the tape is NULL");
    ck_assert_int_eq(gt_run(NULL, &x, 1, NULL), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(dtypes_are_never_mixed)
{
    gt_tensor *x = VECTOR(1), *y = gt_tensor_new(GT_FLOAT32, GT_SHAPE(1)), *z = gt_tensor_new(GT_INT32, GT_SHAPE(1));
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_ptr_null(gt_add(tape, x, y));
    ck_assert_str_eq(gt_tape_message(tape),
                     "add: dtypes differ: input 0 is float64, input 1 float32 (gt_cast converts)");
    gt_tape_reset(tape);
    ck_assert_ptr_null(gt_add(tape, z, x));
    ck_assert_str_eq(gt_tape_message(tape), "add: input 0 is int32, a float tensor is expected");
    gt_tape_free(tape);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_tensor_free(z);
}
END_TEST

/* ---- devices ---------------------------------------------------------------------------------------------------- */

static void forget_pretended(void)
{
    gt_backend_unregister(GT_CUDA);
    total.slot->kernel[GT_CUDA] = NULL;
}

START_TEST(devices_are_never_mixed)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    gt_tensor *here = VECTOR(1), *there = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(1));
    gt_tape *tape = gt_tape_new(GT_CPU), *other = gt_tape_new(GT_CUDA);
    ck_assert_ptr_null(gt_add(tape, here, there));
    ck_assert_str_eq(gt_tape_message(tape), "add: input 1, (1,), lies on cuda, but the op runs on cpu");
    ck_assert_ptr_null(gt_add(other, there, here));
    ck_assert_str_eq(gt_tape_message(other), "add: input 1, (1,), lies on cpu, but the op runs on cuda");
    gt_tape_free(tape);
    gt_tape_free(other);
    gt_tensor_free(here);
    gt_tensor_free(there);
    forget_pretended();
}
END_TEST

START_TEST(missing_kernel_is_an_error_not_a_run_on_the_host)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    gt_tensor *there = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(2)), *y;
    gt_tape *tape = gt_tape_new(GT_CUDA);
    ck_assert(!gt_op_runs_on(&total, GT_CUDA));
    ck_assert_ptr_null(gt_apply(tape, &total, &there, 1, NULL));
    ck_assert_str_eq(gt_tape_message(tape), "total: no kernel for device cuda");
    ck_assert_int_eq(gt_run(&power, (gt_tensor *[]){there, there}, 2, &three), GT_ERR_DEVICE);
    gt_tape_reset(tape);
    total.slot->kernel[GT_CUDA] = double_total_kernel;
    ck_assert(gt_op_runs_on(&total, GT_CUDA));
    gt_tensor_write(there, (const double[]){1, 2}, 16);
    y = gt_apply(tape, &total, &there, 1, NULL);
    ck_assert_int_eq(gt_tensor_device(y), GT_CUDA);
    double values[2];
    ck_assert_int_eq(gt_tensor_read(y, values, sizeof values), GT_OK);
    ck_assert(values[0] == 2 && values[1] == 4);
    ck_assert_ptr_null(gt_tensor_data(y));
    ck_assert_str_eq(gt_last_error(), "gt_tensor_data: (2,) lies on cuda, not on the cpu");
    gt_tape_free(tape);
    gt_tensor_free(there);
    forget_pretended();
}
END_TEST

START_TEST(cotangent_of_another_device_is_refused)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
    gt_tensor *w = PARAMETER("w", 1), *there = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(1)), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, w, w);
    const gt_gradient_options options = {.cotangents = &there};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &w, &gradient, &options), GT_ERR_DEVICE);
    ck_assert_str_eq(gt_tape_message(tape), "gt_tape_gradient: cotangent 0 lies on cuda, its target on cpu");
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(there);
    forget_pretended();
}
END_TEST

/* ---- ops that write --------------------------------------------------------------------------------------------- */

START_TEST(run_writes_in_place_and_bumps_the_version)
{
    gt_tensor *x = VECTOR(1, 2), *y = VECTOR(0, 0), *inputs[] = {x, y};
    ck_assert_int_eq(gt_run(&power, inputs, 2, &three), GT_OK);
    ck_assert_values(x, 3, 6);
    ck_assert_uint_eq(gt_tensor_version(x), 1);
    ck_assert_uint_eq(gt_tensor_version(y), 0);
    gt_tensor_free(x);
    gt_tensor_free(y);
}
END_TEST

START_TEST(a_refused_run_writes_nothing)
{
    gt_tensor *x = VECTOR(1, 2), *y = VECTOR(0), *inputs[] = {x, y};
    ck_assert_int_eq(gt_run(&power, inputs, 2, &three), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_run(&power, inputs, 1, &three), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_run(&power, (gt_tensor *[]){x, NULL}, 2, &three), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(), "power: input 1 is NULL");
    ck_assert_int_eq(gt_run(&power, (gt_tensor *[]){NULL, x}, 2, &three), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_run_check(&power, (gt_tensor *[]){x, x}, 2, &three), GT_OK);
    ck_assert_values(x, 1, 2);
    ck_assert_uint_eq(gt_tensor_version(x), 0);
    gt_tensor_free(x);
    gt_tensor_free(y);
}
END_TEST

START_TEST(run_and_apply_each_refuse_the_others_ops)
{
    gt_tensor *x = VECTOR(1), *inputs[] = {x, x};
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_apply_all(tape, &power, inputs, 2, &three, NULL), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_tape_message(tape), "power: writes its inputs: gt_run is for such ops");
    ck_assert_int_eq(gt_run(&total, inputs, 2, NULL), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(), "total: has outputs, which belong to a tape: use gt_apply");
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

/* ---- scratch and scopes ------------------------------------------------------------------------------------------ */

START_TEST(scratch_is_given_back)
{
    gt_tensor *x = VECTOR(0);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_apply(tape, &scratchy, &x, 1, &(const power_attributes){1});
    size_t live = gt_memory_live();
    ck_assert_values(gt_apply(tape, &scratchy, &x, 1, &(const power_attributes){8}), 1);
    ck_assert_uint_le(gt_memory_live(), live + 128);
    ck_assert_ptr_null(gt_apply(tape, &scratchy, &x, 1, &(const power_attributes){9}));
    ck_assert_str_eq(gt_tape_message(tape), "scratchy: a kernel may ask for at most 8 workspaces");
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(scope_frees_all_but_its_result)
{
    enum { N = 10000 };
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(N));
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *before = gt_neg(tape, x);
    gt_scope scope = gt_scope_begin(tape);
    gt_tensor *y = gt_neg(tape, gt_neg(tape, gt_neg(tape, x)));
    ck_assert_ptr_eq(gt_scope_end(tape, scope, y), y);
    ck_assert_uint_lt(gt_memory_live(), 4 * N * sizeof(double)); /* x, before, y */
    ck_assert_ptr_nonnull(gt_tensor_data(before));
    ck_assert_ptr_nonnull(gt_tensor_data(y));
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(scope_keeps_what_a_gradient_needs_and_what_is_pinned)
{
    gt_tensor *w = PARAMETER("w", 2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_scope scope = gt_scope_begin(tape);
    gt_tensor *pinned = gt_neg(tape, w), *y = gt_square(tape, gt_square(tape, pinned));
    gt_tape_pin(tape, pinned);
    gt_scope_end(tape, scope, y);
    for (int i = 0; i < 50; i++)
        gt_neg(tape, w); /* would take freed memory */
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_values(gradient, 32);
    ck_assert_values(pinned, -2);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(scopes_nest_and_accept_a_failure)
{
    gt_tensor *w = PARAMETER("w", 2);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_scope outer = gt_scope_begin(tape), inner;
    gt_tensor *h = gt_square(tape, w);
    inner = gt_scope_begin(tape);
    gt_tensor *y = gt_scope_end(tape, inner, gt_square(tape, gt_exp(tape, h)));
    ck_assert_ptr_null(gt_scope_end(tape, outer, gt_relu(tape, NULL)));
    ck_assert(y != NULL);
    ck_assert_uint_eq(gt_scope_begin(NULL), 0);
    ck_assert_ptr_null(gt_scope_end(NULL, 0, NULL));
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

static gt_status silent_kernel(const gt_call *call)
{
    (void)call;
    return GT_ERR_VALUE;
}

START_TEST(kernel_that_fails_without_a_message_does_not_show_an_older_one)
{
    const gt_op silent = {.name = "silent",
                          .inputs = 1,
                          .outputs = 1,
                          .infer = gt_infer_like_first,
                          .kernel = silent_kernel,
                          .slot = &(gt_slot){{NULL}}};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_scalar(GT_FLOAT64, 1);
    gt_fail(GT_ERR_SHAPE, "an older failure");
    ck_assert_ptr_null(gt_apply(tape, &silent, &x, 1, NULL));
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_VALUE);
    ck_assert_str_eq(gt_tape_message(tape), "silent: failed without a message (value)");
    gt_tensor_free(x);
    gt_tape_free(tape);
}
END_TEST

int main(void)
{
    return run_suite("apply", (const suite_test[]){
                                  TEST(kernel_that_fails_without_a_message_does_not_show_an_older_one),
                                  TEST(wrong_count_is_an_error),
                                  TEST(missing_attributes_are_an_error),
                                  TEST(missing_op_is_an_error),
                                  TEST(dtypes_are_never_mixed),
                                  TEST(devices_are_never_mixed),
                                  TEST(missing_kernel_is_an_error_not_a_run_on_the_host),
                                  TEST(cotangent_of_another_device_is_refused),
                                  TEST(run_writes_in_place_and_bumps_the_version),
                                  TEST(a_refused_run_writes_nothing),
                                  TEST(run_and_apply_each_refuse_the_others_ops),
                                  TEST(scratch_is_given_back),
                                  TEST(scope_frees_all_but_its_result),
                                  TEST(scope_keeps_what_a_gradient_needs_and_what_is_pinned),
                                  TEST(scopes_nest_and_accept_a_failure),
                                  END_OF_TESTS,
                              });
}
