/* core/threads: coverage of the range, callers and nesting, settings, fork, idleness. */
#include "core/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/forks.h"
#include "tests/support/suite.h"

enum { MOST = 5000 };

typedef struct visits {
    _Atomic int count[MOST];
    int64_t size, grain;
    _Atomic int wrong_pieces;
} visits;

static void visit(void *context, int64_t begin, int64_t end)
{
    visits *seen = context;
    int64_t expected_end = begin + seen->grain < seen->size ? begin + seen->grain : seen->size;
    if (begin % seen->grain != 0 || end != expected_end)
        atomic_fetch_add(&seen->wrong_pieces, 1);
    for (int64_t i = begin; i < end; i++)
        atomic_fetch_add_explicit(&seen->count[i], 1, memory_order_relaxed);
}

/* How many of [0, size) were not visited exactly once, and how many pieces were cut wrong. */
static int mistakes(int64_t size, int64_t grain)
{
    visits *seen = calloc(1, sizeof *seen);
    seen->size = size;
    seen->grain = grain;
    gt_parallel(size, grain, visit, seen);
    int wrong = atomic_load(&seen->wrong_pieces);
    for (int64_t i = 0; i < MOST; i++)
        wrong += atomic_load(&seen->count[i]) != (i < size);
    free(seen);
    return wrong;
}

START_TEST(pieces_cover_the_range_exactly_once)
{
    static const int64_t sizes[] = {0, 1, 2, 7, 64, 1000, 4999}, grains[] = {1, 2, 3, 10, 64, 999, 5000};
    gt_set_threads(_i + 1);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (size_t k = 0; k < sizeof grains / sizeof grains[0]; k++)
            ck_assert_int_eq(mistakes(sizes[i], grains[k]), 0);
}
END_TEST

static void never(void *context, int64_t begin, int64_t end)
{
    (void)begin, (void)end;
    *(int *)context = 1;
}

START_TEST(an_empty_range_runs_nothing)
{
    int ran = 0;
    gt_parallel(0, 4, never, &ran);
    gt_parallel(-3, 4, never, &ran);
    ck_assert_int_eq(ran, 0);
}
END_TEST

enum { SLOTS = 3 };

typedef struct slot_visits {
    visits pieces;
    _Atomic int holders[SLOTS]; /* pieces that run with this slot right now */
    _Atomic int mistakes;
} slot_visits;

static void visit_slot(void *context, int slot, int64_t begin, int64_t end)
{
    slot_visits *seen = context;
    if (slot < 0 || slot >= SLOTS) {
        atomic_fetch_add(&seen->mistakes, 1);
        return;
    }
    if (atomic_fetch_add(&seen->holders[slot], 1) != 0)
        atomic_fetch_add(&seen->mistakes, 1);
    visit(&seen->pieces, begin, end);
    nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
    atomic_fetch_sub(&seen->holders[slot], 1);
}

START_TEST(slots_are_never_shared_and_never_more_than_asked_for)
{
    slot_visits *seen = calloc(1, sizeof *seen);
    seen->pieces.size = 500;
    seen->pieces.grain = 3;
    gt_set_threads(_i + 1); /* with fewer threads than slots, and with more */
    gt_parallel_slots(500, 3, SLOTS, visit_slot, seen);
    ck_assert_int_eq(atomic_load(&seen->mistakes), 0);
    ck_assert_int_eq(atomic_load(&seen->pieces.wrong_pieces), 0);
    for (int64_t i = 0; i < MOST; i++)
        ck_assert_int_eq(atomic_load(&seen->pieces.count[i]), i < 500);
    free(seen);
}
END_TEST

typedef struct order {
    pthread_t thread;
    int64_t next;
    int wrong;
} order;

static void expect_in_order(void *context, int64_t begin, int64_t end)
{
    order *seen = context;
    seen->wrong += begin != seen->next || !pthread_equal(seen->thread, pthread_self());
    seen->next = end;
}

START_TEST(one_thread_runs_pieces_in_order_on_the_caller)
{
    order seen = {.thread = pthread_self()};
    gt_set_threads(1);
    gt_parallel(1000, 7, expect_in_order, &seen);
    ck_assert_int_eq(seen.wrong, 0);
    ck_assert_int_eq(seen.next, 1000);
}
END_TEST

START_TEST(one_piece_runs_on_the_caller)
{
    order seen = {.thread = pthread_self()};
    gt_set_threads(4);
    gt_parallel(1000, 1000, expect_in_order, &seen);
    ck_assert_int_eq(seen.wrong, 0);
    ck_assert_int_eq(seen.next, 1000);
}
END_TEST

static void meet(void *context, int64_t begin, int64_t end)
{
    /* Returns only once as many threads are here as there are pieces. */
    (void)begin, (void)end;
    _Atomic int *missing = context;
    atomic_fetch_sub(missing, 1);
    while (atomic_load(missing) > 0)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

START_TEST(as_many_threads_as_allowed_work_at_once)
{
    static const int counts[] = {2, 5, 3, 8, 2}; /* growing and shrinking */
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        _Atomic int missing = counts[i];
        ck_assert_int_eq(gt_set_threads(counts[i]), GT_OK);
        gt_parallel(counts[i], 1, meet, &missing); /* hangs, and runs into the time limit, with fewer */
        ck_assert_int_eq(missing, 0);
    }
}
END_TEST

typedef struct crowd {
    _Atomic int here, most;
} crowd;

static void count_crowd(void *context, int64_t begin, int64_t end)
{
    (void)begin, (void)end;
    crowd *all = context;
    int here = atomic_fetch_add(&all->here, 1) + 1, most = atomic_load(&all->most);
    while (most < here && !atomic_compare_exchange_weak(&all->most, &most, here))
        continue;
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    atomic_fetch_sub(&all->here, 1);
}

START_TEST(no_more_threads_than_allowed_work_at_once)
{
    _Atomic int missing = 6;
    crowd all = {.here = 0};
    gt_set_threads(6);
    gt_parallel(6, 1, meet, &missing);
    gt_set_threads(2);
    gt_parallel(40, 1, count_crowd, &all);
    ck_assert_int_le(all.most, 2);
}
END_TEST

START_TEST(set_threads_refuses_what_is_out_of_range)
{
    gt_set_threads(3);
    ck_assert_int_eq(gt_set_threads(-1), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_set_threads(GT_MAX_THREADS + 1), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(), "set_threads: 257 is outside 0..256");
    ck_assert_int_eq(gt_threads(), 3);
}
END_TEST

START_TEST(the_environment_sets_the_default)
{
    setenv("GRADTAPE_THREADS", "3", 1);
    gt_set_threads(0);
    ck_assert_int_eq(gt_threads(), 3);
    setenv("GRADTAPE_THREADS", "100000", 1);
    gt_set_threads(0);
    ck_assert_int_eq(gt_threads(), GT_MAX_THREADS);
}
END_TEST

START_TEST(a_meaningless_environment_is_passed_over)
{
    static const char *const texts[] = {"", "many", "-2", "0", "2x"};
    unsetenv("GRADTAPE_THREADS");
    gt_set_threads(0);
    int processors = gt_threads();
    ck_assert_int_ge(processors, 1);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        setenv("GRADTAPE_THREADS", texts[i], 1);
        gt_set_threads(0);
        ck_assert_int_eq(gt_threads(), processors);
    }
}
END_TEST

static void nest(void *context, int64_t begin, int64_t end)
{
    (void)begin, (void)end;
    order inner = {.thread = pthread_self()};
    gt_parallel(100, 3, expect_in_order, &inner);
    atomic_fetch_add((_Atomic int *)context, inner.wrong + (inner.next != 100));
}

START_TEST(a_nested_call_runs_on_its_own_thread)
{
    _Atomic int wrong = 0;
    gt_set_threads(3);
    gt_parallel(200, 1, nest, &wrong);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

static void *call_many_times(void *wrong)
{
    for (int i = 0; i < 60; i++)
        atomic_fetch_add((_Atomic int *)wrong, mistakes(1000 + i, 1 + i));
    return NULL;
}

START_TEST(callers_on_several_threads_do_not_disturb_each_other)
{
    _Atomic int wrong = 0;
    pthread_t callers[4];
    gt_set_threads(3);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&callers[i], NULL, call_many_times, &wrong), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(callers[i], NULL);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

static void *change_settings(void *stop)
{
    for (int i = 0; !atomic_load((_Atomic int *)stop); i++) {
        gt_set_threads(i % 5 + 1);
        if (i % 7 == 0)
            gt_threads_stop();
        nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
    }
    return NULL;
}

START_TEST(settings_may_change_while_others_work)
{
    _Atomic int stop = 0, wrong = 0;
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, change_settings, &stop), 0);
    for (int i = 0; i < 5; i++)
        call_many_times(&wrong);
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

typedef struct tag {
    int64_t value;
    _Atomic int64_t sum;
} tag;

static void add_tag(void *context, int64_t begin, int64_t end)
{
    tag *job = context;
    atomic_fetch_add(&job->sum, job->value * (end - begin));
}

static void subtract_tag(void *context, int64_t begin, int64_t end)
{
    tag *job = context;
    atomic_fetch_sub(&job->sum, job->value * (end - begin));
}

START_TEST(parts_of_one_job_never_run_in_the_next)
{
    gt_set_threads(4);
    for (int i = 0; i < 20000; i++) {
        tag job = {.value = i + 1};
        gt_parallel(6, 1 + i % 2, i % 3 ? add_tag : subtract_tag, &job);
        ck_assert_int_eq(job.sum, (i % 3 ? 6 : -6) * (i + 1));
    }
}
END_TEST

START_TEST(stopped_threads_start_again)
{
    gt_set_threads(3);
    for (int i = 0; i < 20; i++) {
        _Atomic int missing = 3;
        gt_parallel(3, 1, meet, &missing);
        gt_threads_stop();
    }
    gt_threads_stop();
    ck_assert_int_eq(mistakes(100, 3), 0);
}
END_TEST

static int64_t cpu_nanoseconds(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

START_TEST(idle_threads_use_no_processor_time)
{
    gt_set_threads(4);
    ck_assert_int_eq(mistakes(1000, 3), 0);
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    int64_t before = cpu_nanoseconds();
    nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    ck_assert_int_lt(cpu_nanoseconds() - before, 5000000);
}
END_TEST

#if !defined(NO_THREADS_AFTER_FORK)
START_TEST(a_forked_child_starts_threads_of_its_own)
{
    _Atomic int here = 3;
    gt_set_threads(3);
    gt_parallel(3, 1, meet, &here);
    pid_t child = fork();
    if (child == 0) {
        _Atomic int missing = 3;
        alarm(10);
        gt_parallel(3, 1, meet, &missing);
        _exit(mistakes(1000, 7));
    }
    int status = -1;
    waitpid(child, &status, 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_int_eq(mistakes(1000, 7), 0);
}
END_TEST

START_TEST(a_fork_while_another_thread_works_leaves_the_child_free)
{
    _Atomic int stop = 0;
    pthread_t other;
    gt_set_threads(3);
    ck_assert_int_eq(pthread_create(&other, NULL, change_settings, &stop), 0);
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            alarm(10);
            gt_set_threads(2);
            _exit(mistakes(1000, 7));
        }
        int status = -1;
        waitpid(child, &status, 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        ck_assert_int_eq(mistakes(1000, 7), 0);
    }
    atomic_store(&stop, 1);
    pthread_join(other, NULL);
}
END_TEST
#endif

int main(void)
{
    return run_suite(
        "threads", (const suite_test[]) {
            LOOP_TEST(pieces_cover_the_range_exactly_once, 5), TEST(an_empty_range_runs_nothing),
                LOOP_TEST(slots_are_never_shared_and_never_more_than_asked_for, 6),
                TEST(one_thread_runs_pieces_in_order_on_the_caller), TEST(one_piece_runs_on_the_caller),
                TEST(as_many_threads_as_allowed_work_at_once), TEST(no_more_threads_than_allowed_work_at_once),
                TEST(set_threads_refuses_what_is_out_of_range), TEST(the_environment_sets_the_default),
                TEST(a_meaningless_environment_is_passed_over), TEST(a_nested_call_runs_on_its_own_thread),
                TEST(callers_on_several_threads_do_not_disturb_each_other), TEST(settings_may_change_while_others_work),
                TEST(parts_of_one_job_never_run_in_the_next), TEST(stopped_threads_start_again),
                TEST(idle_threads_use_no_processor_time),
#if !defined(NO_THREADS_AFTER_FORK)
                TEST(a_forked_child_starts_threads_of_its_own),
                TEST(a_fork_while_another_thread_works_leaves_the_child_free),
#endif
                END_OF_TESTS,
        });
}
