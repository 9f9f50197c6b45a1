/* core/tape: recording, watching, errors, reset. */
#include "core/tape.h"

#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- recording
 * -------------------------------------------------------------------------------------------------------- */

START_TEST(begin_and_end_nest)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert(!gt_tape_recording(tape));
    gt_tape_begin(tape);
    gt_tape_begin(tape);
    gt_tape_end(tape);
    ck_assert(gt_tape_recording(tape));
    gt_tape_end(tape);
    ck_assert(!gt_tape_recording(tape));
    gt_tape_free(tape);
}
END_TEST

START_TEST(pauses_nest)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tape_pause(tape);
    gt_tape_pause(tape);
    gt_tape_resume(tape);
    ck_assert(!gt_tape_recording(tape));
    gt_tape_resume(tape);
    ck_assert(gt_tape_recording(tape));
    gt_tape_free(tape);
}
END_TEST

START_TEST(end_without_begin_is_an_error)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_end(tape), GT_ERR_STATE);
    ck_assert_str_eq(gt_tape_message(tape), "gt_tape_end: without gt_tape_begin");
    gt_tape_free(tape);
}
END_TEST

START_TEST(resume_without_pause_is_an_error)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_resume(tape), GT_ERR_STATE);
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_STATE);
    gt_tape_free(tape);
}
END_TEST

START_TEST(null_tape_is_an_error_everywhere)
{
    gt_tensor *x = VECTOR(1), *gradient;
    ck_assert_int_eq(gt_tape_begin(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_end(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_pause(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_resume(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_watch(NULL, x), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_pin(NULL, x), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_seed(NULL, 1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_gradient(NULL, x, 1, &x, &gradient), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gradient);
    ck_assert_ptr_null(gt_relu(NULL, x));
    ck_assert_int_eq(gt_tape_status(NULL), GT_OK);
    ck_assert_str_eq(gt_tape_message(NULL), "");
    ck_assert_int_eq(gt_tape_watched(NULL, 0, NULL), 0);
    ck_assert_int_eq(gt_tape_length(NULL), 0);
    ck_assert_uint_eq(gt_tape_overhead(NULL), 0);
    gt_tape_reset(NULL);
    gt_tape_free(NULL);
    gt_tensor_free(x);
}
END_TEST

START_TEST(ops_run_without_recording)
{
    gt_tensor *w = PARAMETER("w", 1, -2);
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_values(gt_relu(tape, w), 1, 0);
    ck_assert_int_eq(gt_tape_length(tape), 0);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(records_only_what_a_gradient_can_flow_through)
{
    gt_tensor *w = PARAMETER("w", 1, 2), *x = VECTOR(3, 4);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *constant = gt_add(tape, x, x);
    ck_assert_int_eq(gt_tape_length(tape), 0);
    gt_mul(tape, constant, w);
    ck_assert_int_eq(gt_tape_length(tape), 1);
    gt_tape_pause(tape);
    gt_mul(tape, constant, w);
    ck_assert_int_eq(gt_tape_length(tape), 1);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(trace_records_every_op)
{
    gt_tensor *x = VECTOR(3, 4);
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.trace = true});
    gt_tape_begin(tape);
    gt_add(tape, x, x);
    ck_assert_int_eq(gt_tape_length(tape), 1);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

/* ---- watching
 * --------------------------------------------------------------------------------------------------------- */

START_TEST(parameters_are_watched_by_themselves)
{
    gt_tensor *w = PARAMETER("w", 2), *b = PARAMETER("b", 3), *x = VECTOR(4), *watched[3];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_watch(tape, x);
    gt_tape_begin(tape);
    gt_add(tape, gt_mul(tape, w, x), b);
    ck_assert_int_eq(gt_tape_watched(tape, 3, watched), 3);
    ck_assert_ptr_null(gt_tensor_name(watched[0]));
    ck_assert_str_eq(gt_tensor_name(watched[1]), "w");
    ck_assert_str_eq(gt_tensor_name(watched[2]), "b");
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(b);
    gt_tensor_free(x);
}
END_TEST

START_TEST(watched_writes_no_more_than_asked)
{
    gt_tensor *w = PARAMETER("w", 2), *b = PARAMETER("b", 3), *watched[2] = {NULL, NULL};
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_add(tape, w, b);
    ck_assert_int_eq(gt_tape_watched(tape, 1, watched), 2);
    ck_assert_str_eq(gt_tensor_name(watched[0]), "w");
    ck_assert_ptr_null(watched[1]);
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(b);
}
END_TEST

START_TEST(watched_result_is_listed)
{
    gt_tensor *x = VECTOR(1), *watched[1];
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *h = gt_square(tape, x);
    ck_assert_int_eq(gt_tape_watch(tape, h), GT_OK);
    ck_assert_int_eq(gt_tape_watched(tape, 1, watched), 1);
    ck_assert_ptr_eq(watched[0], h);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(manual_watch_leaves_parameters_alone)
{
    gt_tensor *w = PARAMETER("w", 2);
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.manual_watch = true});
    gt_tape_begin(tape);
    gt_square(tape, w);
    ck_assert_int_eq(gt_tape_length(tape), 0);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(watching_after_a_constant_use_is_an_error)
{
    gt_tensor *x = VECTOR(1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_square(tape, x);
    ck_assert_int_eq(gt_tape_watch(tape, x), GT_ERR_STATE);
    ck_assert_contains(gt_tape_message(tape), "(1,) was already used as a constant");
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(a_use_before_recording_does_not_forbid_watching)
{
    gt_tensor *x = VECTOR(1);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_square(tape, x);
    ck_assert_int_eq(gt_tape_watch(tape, x), GT_OK);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(integers_cannot_be_watched)
{
    gt_tensor *labels = gt_tensor_new(GT_INT32, GT_SHAPE(2));
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_watch(tape, labels), GT_ERR_DTYPE);
    ck_assert_contains(gt_tape_message(tape), "int32 has no derivative");
    gt_tape_free(tape);
    gt_tensor_free(labels);
}
END_TEST

/* ---- errors
 * ----------------------------------------------------------------------------------------------------------- */

START_TEST(the_first_error_sticks)
{
    gt_tensor *two = VECTOR(1, 2), *three = VECTOR(1, 2, 3), *gradient = two;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, two, three);
    ck_assert_ptr_null(y);
    ck_assert_ptr_null(gt_relu(tape, y));
    ck_assert_ptr_null(gt_relu(tape, two));
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_tape_message(tape), "add: (2,) and (3,) do not broadcast");
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &two, &gradient), GT_ERR_SHAPE);
    ck_assert_ptr_null(gradient);
    ck_assert_str_eq(gt_last_error(), "add: (2,) and (3,) do not broadcast");
    gt_tape_free(tape);
    gt_tensor_free(two);
    gt_tensor_free(three);
}
END_TEST

START_TEST(null_without_an_earlier_error_is_an_error)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_ptr_null(gt_relu(tape, NULL));
    ck_assert_str_eq(gt_tape_message(tape), "relu: input 0 is NULL");
    gt_tape_free(tape);
}
END_TEST

START_TEST(reset_forgets_errors_recording_and_watches)
{
    gt_tensor *x = VECTOR(2);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_watch(tape, x);
    gt_tape_begin(tape);
    gt_relu(tape, NULL);
    gt_tape_reset(tape);
    ck_assert_int_eq(gt_tape_status(tape), GT_OK);
    ck_assert_str_eq(gt_tape_message(tape), "");
    ck_assert(!gt_tape_recording(tape));
    ck_assert_int_eq(gt_tape_watched(tape, 0, NULL), 0);
    ck_assert_values(gt_square(tape, x), 4);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(begin_on_a_used_one_shot_tape_asks_for_reset)
{
    gt_tensor *w = PARAMETER("w", 2), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *y = gt_square(tape, w);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &w, &gradient), GT_OK);
    ck_assert_int_eq(gt_tape_begin(tape), GT_ERR_STATE);
    ck_assert_contains(gt_tape_message(tape), "call gt_tape_reset first");
    gt_tape_reset(tape);
    ck_assert_int_eq(gt_tape_begin(tape), GT_OK);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(missing_device_is_refused)
{
    ck_assert_ptr_null(gt_tape_new(GT_CUDA));
    ck_assert_ptr_null(gt_tape_new((gt_device)7));
    ck_assert_contains(gt_last_error(), "unknown device: not available");
}
END_TEST

/* ---- random numbers
 * --------------------------------------------------------------------------------------------------- */

START_TEST(seeding_repeats_dropout_and_reset_does_not)
{
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(64)), *copy;
    double *values = gt_tensor_data_write(x);
    for (int i = 0; i < 64; i++)
        values[i] = 1;
    gt_tape *tape = gt_tape_new_with(&(gt_tape_options){.seed = 5});
    copy = gt_tensor_copy(gt_dropout(tape, x, 0.5));
    gt_tape_reset(tape);
    const void *other = gt_tensor_data(gt_dropout(tape, x, 0.5));
    ck_assert(memcmp(gt_tensor_data(copy), other, 64 * sizeof(double)) != 0);
    gt_tape_seed(tape, 5);
    ck_assert_mem_eq(gt_tensor_data(copy), gt_tensor_data(gt_dropout(tape, x, 0.5)), 64 * sizeof(double));
    gt_tape_free(tape);
    gt_tensor_free(copy);
    gt_tensor_free(x);
}
END_TEST

int main(void)
{
    return run_suite("tape", (const suite_test[]){
                                 TEST(begin_and_end_nest),
                                 TEST(pauses_nest),
                                 TEST(end_without_begin_is_an_error),
                                 TEST(resume_without_pause_is_an_error),
                                 TEST(null_tape_is_an_error_everywhere),
                                 TEST(ops_run_without_recording),
                                 TEST(records_only_what_a_gradient_can_flow_through),
                                 TEST(trace_records_every_op),
                                 TEST(parameters_are_watched_by_themselves),
                                 TEST(watched_writes_no_more_than_asked),
                                 TEST(watched_result_is_listed),
                                 TEST(manual_watch_leaves_parameters_alone),
                                 TEST(watching_after_a_constant_use_is_an_error),
                                 TEST(a_use_before_recording_does_not_forbid_watching),
                                 TEST(integers_cannot_be_watched),
                                 TEST(the_first_error_sticks),
                                 TEST(null_without_an_earlier_error_is_an_error),
                                 TEST(reset_forgets_errors_recording_and_watches),
                                 TEST(begin_on_a_used_one_shot_tape_asks_for_reset),
                                 TEST(missing_device_is_refused),
                                 TEST(seeding_repeats_dropout_and_reset_does_not),
                                 END_OF_TESTS,
                             });
}
