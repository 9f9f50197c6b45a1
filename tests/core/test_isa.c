/* core/isa: the choice of an instruction set, by default, by the environment and by call. */
#include "core/isa.h"

#include <stdlib.h>
#include <string.h>

#include "core/tensor.h"
#include "ops/ops.h"
#include "tests/support/isa.h"
#include "tests/support/suite.h"

static const float values[] = {-1, 2};

/* What relu says on a tape of its own. */
static gt_status run_relu(void)
{
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *x = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2), values);
    gt_tensor *y = gt_relu(tape, x);
    if (y) {
        ck_assert_double_eq(gt_tensor_at(y, 0), 0);
        ck_assert_double_eq(gt_tensor_at(y, 1), 2);
    }
    const gt_status status = gt_tape_status(tape);
    gt_tensor_free(x);
    gt_tape_free(tape);
    return status;
}

START_TEST(every_set_of_the_processor_can_be_taken)
{
    const char *name = take_isa(_i);
    ck_assert_str_eq(gt_isa(), name);
    ck_assert_int_eq(run_relu(), GT_OK);
}
END_TEST

START_TEST(the_default_is_the_best_set)
{
    unsetenv("GRADTAPE_ISA");
    ck_assert_int_eq(gt_set_isa(NULL), GT_OK);
    char name[32];
    strcpy(name, gt_isa());
    ck_assert_str_eq(name, take_isa(isa_count() - 1));
}
END_TEST

START_TEST(the_environment_takes_a_set)
{
    const char *name = take_isa(_i);
    setenv("GRADTAPE_ISA", name, 1);
    ck_assert_int_eq(gt_set_isa(NULL), GT_OK);
    ck_assert_str_eq(gt_isa(), name);
}
END_TEST

START_TEST(an_empty_environment_is_the_default)
{
    setenv("GRADTAPE_ISA", "", 1);
    gt_set_isa(NULL);
    ck_assert_ptr_nonnull(gt_isa());
    ck_assert_int_eq(run_relu(), GT_OK);
}
END_TEST

START_TEST(a_set_that_does_not_exist_in_the_environment_fails_every_op)
{
    setenv("GRADTAPE_ISA", "avx1024", 1);
    gt_set_isa(NULL);
    ck_assert_ptr_null(gt_isa());
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "GRADTAPE_ISA: 'avx1024' is no instruction set of this build"));
    ck_assert_int_eq(run_relu(), GT_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "avx1024"));
    ck_assert_int_eq(gt_set_isa(take_isa(0)), GT_OK);
    ck_assert_int_eq(run_relu(), GT_OK);
}
END_TEST

START_TEST(a_call_refuses_a_set_that_does_not_exist_and_changes_nothing)
{
    const char *name = take_isa(0);
    ck_assert_int_eq(gt_set_isa("sse9"), GT_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "set_isa: 'sse9' is no instruction set of this build"));
    ck_assert_str_eq(gt_isa(), name);
}
END_TEST

int main(void)
{
    return run_suite("isa", (const suite_test[]){
                                LOOP_TEST(every_set_of_the_processor_can_be_taken, isa_count()),
                                TEST(the_default_is_the_best_set),
                                LOOP_TEST(the_environment_takes_a_set, isa_count()),
                                TEST(an_empty_environment_is_the_default),
                                TEST(a_set_that_does_not_exist_in_the_environment_fails_every_op),
                                TEST(a_call_refuses_a_set_that_does_not_exist_and_changes_nothing),
                                END_OF_TESTS,
                            });
}
