/* core/capture: what it refuses, and time, on the CPU. What graphs do is tested where there is a device that has them:
 * tests/cuda. */
#include "core/capture.h"

#include "tests/support/messages.h"
#include "tests/support/suite.h"

START_TEST(cpu_offers_no_capture)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_capture_begin(tape), GT_ERR_UNSUPPORTED);
    assert_message("gt_tape_capture_begin: the cpu does not offer it");
    ck_assert_ptr_null(gt_tape_capture_end(tape));
    ck_assert_int_eq(gt_last_status(), GT_ERR_STATE);
    assert_message("no capture was begun");
    ck_assert_int_eq(gt_tape_status(tape), GT_OK); /* nothing sticks */
    gt_tape_free(tape);
}
END_TEST

START_TEST(nulls_are_refused)
{
    double milliseconds;
    ck_assert_int_eq(gt_tape_capture_begin(NULL), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_tape_capture_end(NULL));
    ck_assert_int_eq(gt_last_status(), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_graph_launch(NULL), GT_ERR_ARGUMENT);
    gt_graph_free(NULL);
    ck_assert_int_eq(gt_tape_time_begin(NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_time_end(NULL, &milliseconds), GT_ERR_ARGUMENT);
    gt_tape *tape = gt_tape_new(GT_CPU);
    ck_assert_int_eq(gt_tape_time_end(tape, NULL), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
}
END_TEST

START_TEST(time_passes)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    double milliseconds = -1;
    ck_assert_int_eq(gt_tape_time_begin(tape), GT_OK);
    ck_assert_int_eq(gt_tape_time_end(tape, &milliseconds), GT_OK);
    ck_assert_double_ge(milliseconds, 0);
    gt_tape_free(tape);
}
END_TEST

int main(void)
{
    return run_suite("capture", (const suite_test[]){
                                    TEST(cpu_offers_no_capture),
                                    TEST(nulls_are_refused),
                                    TEST(time_passes),
                                    END_OF_TESTS,
                                });
}
