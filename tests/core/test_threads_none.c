/* core/threads_none: the same pieces as with threads, in order, on the caller. */
#include "core/threads.h"

#include <stdint.h>

#include "tests/support/suite.h"

typedef struct piece_log {
    int pieces;
    int64_t begin[8], end[8];
    int slot;
} piece_log;

static void note(void *context, int64_t begin, int64_t end)
{
    piece_log *l = context;
    ck_assert_int_lt(l->pieces, 8);
    l->begin[l->pieces] = begin;
    l->end[l->pieces++] = end;
}

static void note_slot(void *context, int slot, int64_t begin, int64_t end)
{
    ((piece_log *)context)->slot |= slot;
    note(context, begin, end);
}

static void assert_pieces_of_three(const piece_log *l)
{
    ck_assert_int_eq(l->pieces, 3);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(l->begin[i], 3 * i);
        ck_assert_int_eq(l->end[i], i == 2 ? 7 : 3 * i + 3);
    }
}

START_TEST(parallel_runs_pieces_in_order)
{
    piece_log l = {0};
    gt_parallel(7, 3, note, &l);
    assert_pieces_of_three(&l);
}
END_TEST

START_TEST(parallel_slots_uses_slot_0)
{
    piece_log l = {0};
    gt_parallel_slots(7, 3, 4, note_slot, &l);
    assert_pieces_of_three(&l);
    ck_assert_int_eq(l.slot, 0);
}
END_TEST

START_TEST(nothing_runs_nothing)
{
    piece_log l = {0};
    gt_parallel(0, 3, note, &l);
    gt_parallel_slots(-1, 3, 4, note_slot, &l);
    ck_assert_int_eq(l.pieces, 0);
}
END_TEST

START_TEST(a_grain_beyond_the_count_is_one_piece)
{
    piece_log l = {0};
    gt_parallel(INT64_MAX, INT64_MAX - 1, note, &l);
    ck_assert_int_eq(l.pieces, 2);
    ck_assert(l.end[1] == INT64_MAX);
}
END_TEST

START_TEST(more_than_one_thread_is_refused)
{
    ck_assert_int_eq(gt_threads(), 1);
    ck_assert_int_eq(gt_set_threads(0), GT_OK);
    ck_assert_int_eq(gt_set_threads(1), GT_OK);
    ck_assert_int_eq(gt_set_threads(2), GT_ERR_UNSUPPORTED);
    ck_assert_str_eq(gt_last_error(), "set_threads: 2 threads in a build with GRADTAPE_THREADS=OFF");
    ck_assert_int_eq(gt_set_threads(-1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_set_threads(GT_MAX_THREADS + 1), GT_ERR_ARGUMENT);
    gt_threads_stop();
    ck_assert_int_eq(gt_threads(), 1);
}
END_TEST

int main(void)
{
    return run_suite("threads_none", (const suite_test[]){
                                         TEST(parallel_runs_pieces_in_order),
                                         TEST(parallel_slots_uses_slot_0),
                                         TEST(nothing_runs_nothing),
                                         TEST(a_grain_beyond_the_count_is_one_piece),
                                         TEST(more_than_one_thread_is_refused),
                                         END_OF_TESTS,
                                     });
}
