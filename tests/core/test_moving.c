/* Tensors that move between devices, or share memory; on a device that is only pretended. */
#include "core/op.h"
#include "tests/support/messages.h"
#include "tests/support/pretended.h"
#include "tests/support/suite.h"

static void enter(void)
{
    ck_assert_int_eq(gt_backend_register(&pretended), GT_OK);
}

static void leave(void)
{
    gt_backend_unregister(GT_CUDA);
}

static gt_tensor *three(void)
{
    return gt_parameter_from("w", GT_FLOAT64, GT_SHAPE(3), (const double[]){1, 2, 3});
}

START_TEST(a_tensor_moves_there_and_back)
{
    gt_tensor *w = three();
    const uint64_t serial = gt_tensor_serial(w);
    double values[3] = {0};
    ck_assert_int_eq(gt_tensor_move(w, GT_CUDA), GT_OK);
    ck_assert_int_eq(gt_tensor_device(w), GT_CUDA);
    ck_assert_uint_eq(gt_tensor_serial(w), serial);
    ck_assert_str_eq(gt_tensor_name(w), "w");
    ck_assert(gt_tensor_trainable(w));
    ck_assert_int_eq(gt_tensor_read(w, values, sizeof values), GT_OK);
    ck_assert_double_eq(values[2], 3);
    values[0] = 7;
    ck_assert_int_eq(gt_tensor_write(w, values, sizeof values), GT_OK);
    ck_assert_int_eq(gt_tensor_move(w, GT_CUDA), GT_OK); /* it is there already */
    ck_assert_int_eq(gt_tensor_move(w, GT_CPU), GT_OK);
    ck_assert_double_eq(gt_tensor_at(w, 0), 7);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_view_stays_where_it_is)
{
    gt_tensor *w = three(), *rows = gt_tensor_rows(w, 1, 2);
    ck_assert_int_eq(gt_tensor_move(w, GT_CUDA), GT_OK);
    ck_assert_int_eq(gt_tensor_device(rows), GT_CPU);
    ck_assert_double_eq(gt_tensor_at(rows, 0), 2);
    gt_tensor_free(rows);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_tapes_result_does_not_move)
{
    gt_tensor *w = three();
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *sum = gt_add(tape, w, w);
    ck_assert_int_eq(gt_tensor_move(sum, GT_CUDA), GT_ERR_STATE);
    assert_message("belongs to a tape (gt_to_device copies it)");
    ck_assert_int_eq(gt_tensor_move(NULL, GT_CUDA), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(to_device_copies_on_a_tape)
{
    gt_tensor *w = three(), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_tensor *there = gt_to_device(tape, w, GT_CUDA), *back = gt_to_device(tape, there, GT_CPU);
    gt_tape_end(tape);
    ck_assert_int_eq(gt_tensor_device(there), GT_CUDA);
    ck_assert_double_eq(gt_tensor_at(back, 1), 2);
    ck_assert_msg(gt_tape_gradient(tape, back, 1, &w, &gradient) == GT_OK, "%s", gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_device(gradient), GT_CPU);
    ck_assert_double_eq(gt_tensor_at(gradient, 2), 1);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

START_TEST(a_shared_tensor_outlives_the_tape)
{
    gt_tensor *w = three();
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tensor *sum = gt_add(tape, w, w), *kept = gt_tensor_share(sum);
    ck_assert_ptr_eq(gt_tensor_data(kept), gt_tensor_data(sum));
    ck_assert(!gt_tensor_trainable(kept));
    gt_tape_free(tape);
    ck_assert_double_eq(gt_tensor_at(kept, 2), 6);
    gt_tensor_free(kept);
    gt_tensor_free(w);
    ck_assert_ptr_null(gt_tensor_share(NULL));
    ck_assert_int_eq(gt_last_status(), GT_ERR_ARGUMENT);
}
END_TEST

int main(void)
{
    return run_suite_with("moving", enter, leave,
                          (const suite_test[]){
                              TEST(a_tensor_moves_there_and_back),
                              TEST(a_view_stays_where_it_is),
                              TEST(a_tapes_result_does_not_move),
                              TEST(to_device_copies_on_a_tape),
                              TEST(a_shared_tensor_outlives_the_tape),
                              END_OF_TESTS,
                          });
}
