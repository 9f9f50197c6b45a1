/* core/finite: the first op that makes a NaN or an infinity is named, with its inputs. */
#include <math.h>
#include <string.h>

#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

static gt_tape *tape;

static void make_tape(void)
{
    tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_check_finite(tape, true), GT_OK);
}

static void free_tape(void)
{
    gt_tape_free(tape);
}

START_TEST(the_op_is_named_with_the_place_and_its_inputs)
{
    const float values[] = {1, 2, 0, 3};
    gt_tensor *x = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 2), values);
    gt_tensor_set_name(x, "x");
    ck_assert_ptr_null(gt_log(tape, x));
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_VALUE);
    ck_assert_str_eq(gt_tape_message(tape),
                     "log: made -inf at (1, 0) of float32 (2, 2); input 0, 'x' (2, 2) float32, is in 0..3");
    gt_tensor_free(x);
}
END_TEST

START_TEST(an_input_that_was_not_finite_is_told_instead)
{
    gt_tensor *x = VECTOR(1, 2, 3), *y = VECTOR(1, (double)NAN, 3);
    ck_assert_ptr_null(gt_add(tape, x, y));
    ck_assert_str_eq(gt_tape_message(tape), "add: input 1, (3,) float64, has nan at (1,)");
    gt_tensor_free(x);
    gt_tensor_free(y);
}
END_TEST

START_TEST(what_is_finite_passes)
{
    gt_tensor *x = VECTOR(-1e308, 0, 1e308), *empty = gt_tensor_new(GT_FLOAT64, GT_SHAPE(0, 3));
    ck_assert_values(gt_neg(tape, x), 1e308, 0, -1e308);
    ck_assert_ptr_nonnull(gt_exp(tape, empty));
    ck_assert_ptr_nonnull(gt_argmax(tape, x, 0));
    ck_assert_int_eq(gt_tape_status(tape), GT_OK);
    gt_tensor_free(x);
    gt_tensor_free(empty);
}
END_TEST

START_TEST(the_sweep_is_searched_too)
{
    /* sqrt(0) is 0; its slope is not finite. */
    gt_tensor *x = PARAMETER("x", 0, 4), *gradient;
    gt_tape_begin(tape);
    gt_tensor *y = gt_sqrt(tape, x);
    gt_tape_end(tape);
    ck_assert_ptr_nonnull(y);
    ck_assert_int_eq(gt_tape_gradient(tape, y, 1, &x, &gradient), GT_ERR_VALUE);
    ck_assert_contains(gt_tape_message(tape), "gradient of sqrt (node 1): ");
    ck_assert_contains(gt_tape_message(tape), ": made inf at (0,) of float64 (2,)");
    gt_tensor_free(x);
}
END_TEST

START_TEST(sums_of_cotangents_are_searched_too)
{
    /* Each path gives 1e308, both together more than there is. */
    gt_tensor *x = PARAMETER("x", 1), *gradient;
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, gt_scale(tape, x, 1e308), gt_scale(tape, x, 1.0));
    gt_tensor *z = gt_add(tape, gt_scale(tape, x, 1e308), y);
    gt_tape_end(tape);
    ck_assert_ptr_null(z);
    ck_assert_contains(gt_tape_message(tape), "add: made inf");
    gt_tape_reset(tape);
    gt_tensor *small = PARAMETER("small", 0);
    gt_tape_begin(tape);
    z = gt_add(tape, gt_scale(tape, small, 1e308), gt_scale(tape, small, 1e308));
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tape_gradient(tape, z, 1, &small, &gradient), GT_ERR_VALUE);
    ck_assert_contains(gt_tape_message(tape), "add: made inf");
    gt_tensor_free(x);
    gt_tensor_free(small);
}
END_TEST

START_TEST(a_reset_keeps_it_and_off_is_off)
{
    gt_tensor *x = VECTOR(0);
    gt_tape_reset(tape);
    ck_assert_ptr_null(gt_log(tape, x));
    gt_tape_reset(tape);
    ck_assert_int_eq(gt_tape_check_finite(tape, false), GT_OK);
    ck_assert(isinf(gt_tensor_item(gt_log(tape, x))));
    ck_assert_int_eq(gt_tape_check_finite(NULL, true), GT_ERR_ARGUMENT);
    gt_tensor_free(x);
}
END_TEST

START_TEST(a_long_message_is_cut_and_no_more)
{
    gt_tensor *many[GT_MAX_INPUTS], *zero = VECTOR(0);
    gt_tensor_set_name(zero, "a name that is rather long, so that all the inputs together do not fit");
    for (int i = 0; i < GT_MAX_INPUTS; i++)
        many[i] = zero;
    gt_tensor *infinite = VECTOR((double)INFINITY);
    many[GT_MAX_INPUTS - 1] = infinite;
    ck_assert_ptr_null(gt_concat(tape, GT_MAX_INPUTS, many, 0));
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_VALUE);
    gt_tensor_free(zero);
    gt_tensor_free(infinite);
}
END_TEST

int main(void)
{
    return run_suite_with(
        "finite", make_tape, free_tape,
        (const suite_test[]){
            TEST(the_op_is_named_with_the_place_and_its_inputs), TEST(an_input_that_was_not_finite_is_told_instead),
            TEST(what_is_finite_passes), TEST(the_sweep_is_searched_too), TEST(sums_of_cotangents_are_searched_too),
            TEST(a_reset_keeps_it_and_off_is_off), TEST(a_long_message_is_cut_and_no_more), END_OF_TESTS});
}
