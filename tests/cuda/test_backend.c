/* The CUDA backend beside its kernels: memory, copies, queues, errors, graphs. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/capture.h"
#include "core/device_internal.h"
#include "core/tensor_internal.h"
#include "models/model.h"
#include "ops/ops.h"
#include "tests/support/messages.h"
#include "tests/support/suite.h"

static gt_device_statistics now(void)
{
    gt_device_statistics statistics;
    ck_assert_msg(gt_device_statistics_of(GT_CUDA, &statistics) == GT_OK, "%s", gt_last_error());
    return statistics;
}

/* 0, 1, 2, ... on the device. */
static gt_tensor *counting(int64_t n)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, GT_SHAPE(n));
    double *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < n; i++)
        values[i] = (double)i;
    ck_assert_msg(gt_tensor_move(tensor, GT_CUDA) == GT_OK, "%s", gt_last_error());
    return tensor;
}

static void assert_values(const gt_tensor *tensor, int64_t n, double factor)
{
    double values[2048];
    ck_assert_int_le(n, 2048);
    ck_assert_msg(gt_tensor_read(tensor, values, (size_t)n * sizeof *values) == GT_OK, "%s", gt_last_error());
    for (int64_t i = 0; i < n; i++)
        ck_assert_double_eq(values[i], factor * (double)i);
}

START_TEST(device_describes_itself)
{
    gt_device_description description;
    ck_assert_msg(gt_device_describe(GT_CUDA, &description) == GT_OK, "%s", gt_last_error());
    ck_assert_ptr_nonnull(strstr(description.name, "compute capability "));
    ck_assert_uint_gt(description.memory, 0);
    ck_assert_uint_le(description.free_memory, description.memory);
}
END_TEST

/* ---- copies ------------------------------------------------------------------------------------------------------ */

START_TEST(values_come_back)
{
    gt_tensor *tensor = counting(1000);
    ck_assert_int_eq(gt_tensor_device(tensor), GT_CUDA);
    ck_assert_ptr_null(gt_tensor_data(tensor));
    assert_values(tensor, 1000, 1);
    ck_assert_int_eq(gt_tensor_move(tensor, GT_CPU), GT_OK);
    ck_assert_double_eq(gt_tensor_at(tensor, 999), 999);
    gt_tensor_free(tensor);
}
END_TEST

/* Larger than both chunks of pinned memory together, and written again while the first copy may be under way. */
START_TEST(large_copies_pass_through_chunks)
{
    const int64_t n = 3 << 20;
    float *values = malloc((size_t)n * sizeof *values);
    gt_tensor *tensor = gt_tensor_new_on(GT_CUDA, GT_FLOAT32, GT_SHAPE(n));
    ck_assert_msg(tensor != NULL, "%s", gt_last_error());
    for (int round = 0; round < 2; round++) {
        for (int64_t i = 0; i < n; i++)
            values[i] = (float)(i % 1021) + (float)round;
        ck_assert_int_eq(gt_tensor_write(tensor, values, (size_t)n * sizeof *values), GT_OK);
    }
    memset(values, 0, (size_t)n * sizeof *values);
    ck_assert_int_eq(gt_tensor_read(tensor, values, (size_t)n * sizeof *values), GT_OK);
    for (int64_t i = 0; i < n; i++)
        ck_assert_float_eq(values[i], (float)(i % 1021) + 1);
    free(values);
    gt_tensor_free(tensor);
}
END_TEST

/* What was handed over may be overwritten at once. */
START_TEST(host_memory_is_read_when_write_returns)
{
    double value = 3;
    gt_tensor *tensor = gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SCALAR);
    ck_assert_int_eq(gt_tensor_write(tensor, &value, sizeof value), GT_OK);
    value = 4;
    ck_assert_double_eq(gt_tensor_item(tensor), 3);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(views_and_copies_stay_on_the_device)
{
    gt_tensor *tensor = counting(10), *rows = gt_tensor_rows(tensor, 4, 3), *copy = gt_tensor_copy(tensor);
    double values[3];
    ck_assert_int_eq(gt_tensor_device(rows), GT_CUDA);
    ck_assert_int_eq(gt_tensor_device(copy), GT_CUDA);
    ck_assert_int_eq(gt_tensor_read(rows, values, sizeof values), GT_OK);
    ck_assert_double_eq(values[0], 4);
    assert_values(copy, 10, 1);
    gt_tensor_free(tensor);
    gt_tensor_free(rows);
    gt_tensor_free(copy);
}
END_TEST

START_TEST(to_device_carries_gradients)
{
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3), (const double[]){1, -2, 3}), *gradient;
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_watch(tape, x);
    gt_tape_begin(tape);
    gt_tensor *there = gt_to_device(tape, x, GT_CUDA);
    ck_assert_msg(there != NULL, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_device(there), GT_CUDA);
    gt_tensor *y = gt_mul(tape, gt_to_device(tape, there, GT_CPU), x);
    gt_tape_end(tape);
    ck_assert_msg(gt_tape_gradient(tape, y, 1, &x, &gradient) == GT_OK, "%s", gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_device(gradient), GT_CPU);
    ck_assert_double_eq(gt_tensor_at(gradient, 1), -4); /* d x^2 */
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(operands_on_other_devices_are_refused)
{
    gt_tensor *here = gt_tensor_new(GT_FLOAT64, GT_SHAPE(2)), *there = counting(2);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    ck_assert_ptr_null(gt_add(tape, here, there));
    ck_assert_int_eq(gt_tape_status(tape), GT_ERR_DEVICE);
    ck_assert_str_eq(gt_tape_message(tape), "add: input 0, (2,), lies on cpu, but the op runs on cuda");
    gt_tape_free(tape);
    gt_tensor_free(here);
    gt_tensor_free(there);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

START_TEST(blocks_are_used_again)
{
    gt_tensor_free(counting(300));
    const gt_device_statistics before = now();
    for (int i = 0; i < 10; i++)
        gt_tensor_free(counting(310)); /* the same 512-byte step */
    ck_assert_int_eq(now().allocations, before.allocations);
    ck_assert_uint_eq(now().reserved, before.reserved);
}
END_TEST

START_TEST(memory_is_counted_limited_and_given_back)
{
    gt_tensor *kept = counting(1000);
    const size_t live = now().live;
    ck_assert_uint_ge(live, 8000);
    gt_tensor_free(counting(100000));
    ck_assert_uint_ge(now().reserved, live + 800000);
    ck_assert_uint_ge(now().peak, live + 800000);
    ck_assert_int_eq(gt_device_memory_trim(GT_CUDA), GT_OK);
    ck_assert_uint_lt(now().reserved, live + 800000);
    ck_assert_int_eq(gt_device_memory_limit(GT_CUDA, now().reserved + 4096), GT_OK);
    ck_assert_ptr_null(gt_tensor_new_on(GT_CUDA, GT_FLOAT64, GT_SHAPE(100000)));
    ck_assert_int_eq(gt_last_status(), GT_ERR_MEMORY);
    assert_message("do not fit the limit of");
    ck_assert_int_eq(gt_device_memory_limit(GT_CUDA, 0), GT_OK);
    assert_values(kept, 1000, 1);
    gt_tensor_free(kept);
}
END_TEST

/* A block goes from one tape's queue to another's; the second waits for what the first still does with it. */
START_TEST(blocks_change_queues_in_order)
{
    gt_tensor *x = counting(1000);
    gt_tape *first = gt_tape_new(GT_CUDA), *second = gt_tape_new(GT_CUDA);
    for (int round = 0; round < 4; round++) {
        gt_tensor *doubled = gt_scale(first, gt_scale(first, x, 4), 0.5);
        gt_tensor *copy = gt_tensor_share(doubled);
        gt_tape_reset(first);
        gt_tensor *result = gt_scale(second, copy, 1.5); /* in the block that `first` scaled by 4 into */
        ck_assert_msg(result != NULL, "%s", gt_last_error());
        assert_values(result, 1000, 3);
        gt_tape_reset(second);
        gt_tensor_free(copy);
    }
    gt_tape_free(first);
    gt_tape_free(second);
    gt_tensor_free(x);
}
END_TEST

/* A weight that one queue writes is read by another after it. */
START_TEST(queues_wait_for_each_other)
{
    gt_tensor *x = counting(500);
    gt_tape *writer = gt_tape_new(GT_CUDA), *reader = gt_tape_new(GT_CUDA);
    for (int i = 0; i < 3; i++) {
        gt_tensor *gradient = gt_scale(writer, x, -1);
        extern const gt_op gt_op_sgd_update;
        const struct {
            double rate;
        } attributes = {1}; /* x -= -x */
        ck_assert_int_eq(gt_run(&gt_op_sgd_update, (gt_tensor *[]){x, gradient}, 2, &attributes), GT_OK);
        gt_tensor *seen = gt_scale(reader, x, 1);
        assert_values(seen, 500, pow(2, i + 1));
        gt_tape_reset(writer);
        gt_tape_reset(reader);
    }
    gt_tape_free(writer);
    gt_tape_free(reader);
    gt_tensor_free(x);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------------------------ */

START_TEST(bad_index_is_reported_by_the_next_wait)
{
    gt_tensor *table = counting(10), *index = gt_tensor_from(GT_INT32, GT_SHAPE(3), (const int32_t[]){2, 10, -1});
    ck_assert_int_eq(gt_tensor_move(index, GT_CUDA), GT_OK);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    gt_tensor *rows = gt_gather(tape, table, index);
    ck_assert_msg(rows != NULL, "%s", gt_last_error()); /* nothing is known yet */
    double values[3];
    ck_assert_int_eq(gt_tensor_read(rows, values, sizeof values), GT_ERR_VALUE);
    ck_assert_str_eq(gt_last_error(), "gather: index 10 at position 1, expected 0 <= index < 10");
    ck_assert_int_eq(gt_tensor_read(rows, values, sizeof values), GT_OK); /* it was told */
    ck_assert_double_eq(values[0], 2);
    gt_tape_free(tape);
    gt_tensor_free(table);
    gt_tensor_free(index);
}
END_TEST

START_TEST(bad_number_is_reported_as_it_is)
{
    gt_tensor *x = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3), (const double[]){2, 1.5, -1});
    ck_assert_int_eq(gt_tensor_move(x, GT_CUDA), GT_OK);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    gt_to_indices(tape, x, 3);
    ck_assert_int_eq(gt_device_synchronize(GT_CUDA), GT_ERR_VALUE);
    assert_message("to_indices: 1.5 at position 1, expected a whole number 0 <= index < 3");
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(bad_index_is_reported_by_synchronize)
{
    gt_tensor *table = counting(4), *index = gt_tensor_from(GT_INT32, GT_SHAPE(1), (const int32_t[]){7});
    ck_assert_int_eq(gt_tensor_move(index, GT_CUDA), GT_OK);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    gt_gather(tape, table, index);
    ck_assert_int_eq(gt_device_synchronize(GT_CUDA), GT_ERR_VALUE);
    assert_message("gather: index 7 at position 0");
    ck_assert_int_eq(gt_device_synchronize(GT_CUDA), GT_OK);
    gt_tape_free(tape);
    gt_tensor_free(table);
    gt_tensor_free(index);
}
END_TEST

/* More bounds than there are keys: those before are looked at, and none is lost. */
START_TEST(many_kinds_of_faults_are_kept_apart)
{
    gt_tensor *index = gt_tensor_from(GT_INT32, GT_SHAPE(1), (const int32_t[]){0});
    ck_assert_int_eq(gt_tensor_move(index, GT_CUDA), GT_OK);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    for (int64_t n = 1; n < 300; n++) {
        gt_tensor *table = gt_fill(tape, GT_FLOAT32, GT_SHAPE(n), 1);
        ck_assert_msg(gt_gather(tape, table, index) != NULL, "%s", gt_last_error());
        gt_tape_reset(tape);
    }
    ck_assert_int_eq(gt_device_synchronize(GT_CUDA), GT_OK);
    gt_tape_free(tape);
    gt_tensor_free(index);
}
END_TEST

/* ---- threads ------------------------------------------------------------------------------------------------------
 */

/* Its own tape, and a tensor that others read too. */
static void *add_on_a_tape(void *shared)
{
    gt_tape *tape = gt_tape_new(GT_CUDA);
    for (int i = 0; i < 20; i++) {
        gt_tensor *own = counting(400);
        gt_tensor *sum = gt_add(tape, gt_scale(tape, own, 2), shared);
        double values[400];
        if (!sum || gt_tensor_read(sum, values, sizeof values) != GT_OK || values[399] != 3 * 399)
            return shared;
        gt_tape_reset(tape);
        gt_tensor_free(own);
    }
    gt_tape_free(tape);
    return NULL;
}

START_TEST(threads_have_tapes_of_their_own)
{
    gt_tensor *shared = counting(400);
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, add_on_a_tape, shared), 0);
    for (int i = 0; i < 3; i++) {
        void *failed;
        pthread_join(thread[i], &failed);
        ck_assert_ptr_null(failed);
    }
    gt_tensor_free(shared);
}
END_TEST

/* ---- graphs ------------------------------------------------------------------------------------------------------ */

/* y = 3 x + x, and its gradient. */
static gt_tensor *step(gt_tape *tape, gt_tensor *x, gt_tensor **gradient)
{
    gt_tape_watch(tape, x);
    gt_tape_begin(tape);
    gt_tensor *y = gt_add(tape, gt_scale(tape, x, 3), x);
    gt_tape_end(tape);
    ck_assert_msg(gt_tape_gradient(tape, y, 1, &x, gradient) == GT_OK, "%s", gt_tape_message(tape));
    return y;
}

START_TEST(graph_repeats_a_step_with_new_values)
{
    gt_tensor *x = counting(700), *gradient;
    gt_tape *tape = gt_tape_new(GT_CUDA);
    step(tape, x, &gradient);
    gt_tape_reset(tape);
    ck_assert_msg(gt_tape_capture_begin(tape) == GT_OK, "%s", gt_last_error());
    gt_tensor *y = step(tape, x, &gradient);
    gt_graph *graph = gt_tape_capture_end(tape);
    ck_assert_msg(graph != NULL, "%s", gt_last_error());
    const gt_device_statistics before = now();
    double values[700];
    for (int round = 1; round <= 3; round++) {
        for (int i = 0; i < 700; i++)
            values[i] = round * i;
        ck_assert_int_eq(gt_tensor_write(x, values, sizeof values), GT_OK);
        ck_assert_msg(gt_graph_launch(graph) == GT_OK, "%s", gt_last_error());
        assert_values(y, 700, 4 * round);
    }
    ck_assert_int_eq(gt_tensor_read(gradient, values, sizeof values), GT_OK);
    ck_assert_double_eq(values[5], 4);
    ck_assert_int_eq(now().launches, before.launches); /* none but the graph's */
    ck_assert_int_eq(now().graph_launches, before.graph_launches + 3);
    gt_graph_free(graph);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

/* What the graph writes to is nobody else's while it lives, although the tape was reset. */
START_TEST(graph_keeps_its_memory)
{
    gt_tensor *x = counting(700), *gradient;
    gt_tape *tape = gt_tape_new(GT_CUDA);
    step(tape, x, &gradient);
    gt_tape_reset(tape);
    gt_tape_capture_begin(tape);
    step(tape, x, &gradient);
    gt_graph *graph = gt_tape_capture_end(tape);
    gt_tape_reset(tape);
    gt_tensor *others[8];
    for (int i = 0; i < 8; i++)
        others[i] = counting(700);
    ck_assert_int_eq(gt_graph_launch(graph), GT_OK);
    for (int i = 0; i < 8; i++) {
        assert_values(others[i], 700, 1);
        gt_tensor_free(others[i]);
    }
    gt_graph_free(graph);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

START_TEST(captures_refuse_what_they_cannot_hold)
{
    gt_tensor *x = counting(8);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    ck_assert_ptr_null(gt_tape_capture_end(tape));
    ck_assert_int_eq(gt_last_status(), GT_ERR_STATE);
    ck_assert_int_eq(gt_tape_capture_begin(tape), GT_OK);
    ck_assert_int_eq(gt_tape_capture_begin(tape), GT_ERR_STATE);
    gt_tensor *y = gt_scale(tape, x, 2);
    double values[8];
    ck_assert_int_eq(gt_tensor_read(y, values, sizeof values), GT_ERR_STATE);
    assert_message("cannot be captured in a graph");
    ck_assert_ptr_null(gt_dropout(tape, x, 0.5));
    assert_message("random numbers cannot be captured");
    ck_assert_ptr_null(gt_tape_capture_end(tape)); /* an op failed */
    gt_tape_reset(tape);
    ck_assert_int_eq(gt_tape_capture_begin(tape), GT_OK);
    gt_tape_free(tape); /* in the middle of one */
    gt_tensor_free(x);
}
END_TEST

START_TEST(time_is_measured)
{
    gt_tensor *x = counting(8);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    double milliseconds = -1;
    ck_assert_int_eq(gt_tape_time_begin(tape), GT_OK);
    gt_scale(tape, x, 2);
    ck_assert_msg(gt_tape_time_end(tape, &milliseconds) == GT_OK, "%s", gt_last_error());
    ck_assert_double_ge(milliseconds, 0);
    gt_tape_free(tape);
    gt_tensor_free(x);
}
END_TEST

/* ---- matrix products --------------------------------------------------------------------------------------------- */

START_TEST(products_may_use_tf32_when_allowed)
{
    ck_assert(!gt_tf32_allowed());
    gt_tensor *a = gt_tensor_from(GT_FLOAT32, GT_SHAPE(1, 2), (const float[]){1, 2});
    gt_tensor *b = gt_tensor_from(GT_FLOAT32, GT_SHAPE(2, 1), (const float[]){3, 4});
    ck_assert_int_eq(gt_tensor_move(a, GT_CUDA), GT_OK);
    ck_assert_int_eq(gt_tensor_move(b, GT_CUDA), GT_OK);
    gt_tape *tape = gt_tape_new(GT_CUDA);
    for (int allowed = 0; allowed < 2; allowed++) {
        gt_allow_tf32(allowed);
        gt_tensor *c = gt_matmul(tape, a, b, NULL);
        ck_assert_msg(c != NULL, "%s", gt_last_error());
        ck_assert_double_eq(gt_tensor_item(c), 11); /* small integers are exact either way */
    }
    gt_tape_free(tape);
    gt_tensor_free(a);
    gt_tensor_free(b);
}
END_TEST

int main(void)
{
    return run_suite("cuda backend", (const suite_test[]){
                                         TEST(device_describes_itself),
                                         TEST(values_come_back),
                                         TEST(large_copies_pass_through_chunks),
                                         TEST(host_memory_is_read_when_write_returns),
                                         TEST(views_and_copies_stay_on_the_device),
                                         TEST(to_device_carries_gradients),
                                         TEST(operands_on_other_devices_are_refused),
                                         TEST(blocks_are_used_again),
                                         TEST(memory_is_counted_limited_and_given_back),
                                         TEST(blocks_change_queues_in_order),
                                         TEST(queues_wait_for_each_other),
                                         TEST(bad_index_is_reported_by_the_next_wait),
                                         TEST(bad_number_is_reported_as_it_is),
                                         TEST(bad_index_is_reported_by_synchronize),
                                         TEST(many_kinds_of_faults_are_kept_apart),
                                         TEST(threads_have_tapes_of_their_own),
                                         TEST(graph_repeats_a_step_with_new_values),
                                         TEST(graph_keeps_its_memory),
                                         TEST(captures_refuse_what_they_cannot_hold),
                                         TEST(time_is_measured),
                                         TEST(products_may_use_tf32_when_allowed),
                                         END_OF_TESTS,
                                     });
}
