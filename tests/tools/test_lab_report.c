/* tools/lab_report: what is printed, and what counts as the same. */
#include <math.h>
#include <stdio.h>

#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/command.h"
#include "tools/lab.h"

static char *text;

static void begin(void)
{
    scratch_make();
}

static void end(void)
{
    free(text);
    scratch_remove();
}

/* What `body` prints is left in `text`. */
static void print(void (*body)(void))
{
    fflush(stdout);
    const int before = dup(STDOUT_FILENO);
    ck_assert_ptr_nonnull(freopen(scratch_path("out"), "w", stdout));
    body();
    fflush(stdout);
    ck_assert_int_ge(dup2(before, STDOUT_FILENO), 0);
    close(before);
    size_t length;
    text = scratch_read(scratch_path("out"), &length);
}

static void assert_printed(const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in:\n%s", part, text);
}

static int status;

static void numbers_that_agree(void)
{
    lab_step("Step %d", 7);
    lab_compare("eight decimals", 0.547357618, 0.54735762, 5e-9);
    lab_compare("a count", 10431, 10431, 0);
    lab_note("a %s", "reason");
    status = lab_finish("lab x", GT_OK);
}

START_TEST(numbers_that_agree_stand_side_by_side)
{
    print(numbers_that_agree);
    ck_assert_int_eq(status, STATUS_OK);
    assert_printed("\nStep 7\n------\n");
    assert_printed("ours     0.54735762   document     0.54735762   same\n");
    assert_printed("ours          10431   document          10431   same\n");
    assert_printed("note: a reason\n");
    assert_printed("compared with the document: 2, the same: 2, other: 0\n");
}
END_TEST

static void numbers_that_differ(void)
{
    const double values[] = {1, 2, 3, 4}, others[] = {1, 2, 3.5, 4}, with_nan[] = {1, NAN, 3, 4};
    gt_tensor *ours = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), values);
    gt_tensor *broken = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), with_nan);
    lab_compare("not a number", NAN, 0, 1);
    lab_compare("just outside", 1.011, 1, 0.01);
    lab_compare_rows("rows", ours, LAB_NUMBERS(others), 0.1);
    lab_compare_rows("rows with a NaN", broken, LAB_NUMBERS(values), 0.1);
    lab_compare_rows("nothing", NULL, LAB_NUMBERS(values), 0.1);
    lab_compare_rows("the same rows", ours, LAB_NUMBERS(values), 0);
    lab_compare_rows("too few", ours, values, 3, 0);
    status = lab_finish("lab x", GT_OK);
    gt_tensor_free(ours);
    gt_tensor_free(broken);
}

START_TEST(numbers_that_differ_fail_the_lab)
{
    print(numbers_that_differ);
    ck_assert_int_eq(status, STATUS_FAILED);
    assert_printed("DIFFERS by 0.011\n");
    assert_printed("DIFFERS by 0.5 (largest difference 0.5)");
    assert_printed("DIFFERS by nan");
    assert_printed("too few: 4 numbers, the document has 3: DIFFERS");
    assert_printed("compared with the document: 7, the same: 1, other: 6\n");
}
END_TEST

static void another_lab(void)
{
    lab_compare("off", 1, 2, 0);
    lab_finish("lab x", GT_OK);
    lab_compare("off", 1, 2, 0);
    FILE *stream = freopen(scratch_path("err"), "w", stderr);
    ck_assert_ptr_nonnull(stream);
    lab_finish("lab that fails", GT_ERR_IO);
    status = lab_finish("lab y", GT_OK);
}

START_TEST(each_lab_counts_anew)
{
    print(another_lab);
    ck_assert_int_eq(status, STATUS_OK);
}
END_TEST

static void a_failure(void)
{
    FILE *stream = freopen(scratch_path("err"), "w", stderr);
    ck_assert_ptr_nonnull(stream);
    status = lab_finish("lab x", gt_fail(GT_ERR_IO, "X.npy: no such file"));
    fflush(stderr);
}

START_TEST(a_failure_is_told_under_the_labs_name)
{
    print(a_failure);
    ck_assert_int_eq(status, STATUS_FAILED);
    ck_assert_str_eq(text, "");
    size_t length;
    char *error = scratch_read(scratch_path("err"), &length);
    ck_assert_str_eq(error, "gradtape lab x: X.npy: no such file\n");
    free(error);
}
END_TEST

int main(void)
{
    return run_suite_with("lab_report", begin, end,
                          (const suite_test[]){
                              TEST(numbers_that_agree_stand_side_by_side),
                              TEST(numbers_that_differ_fail_the_lab),
                              TEST(each_lab_counts_anew),
                              TEST(a_failure_is_told_under_the_labs_name),
                              END_OF_TESTS,
                          });
}
