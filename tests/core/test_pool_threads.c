/* core/pool: blocks that travel between threads, threads that end, fork. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/memory.h"
#include "tests/support/suite.h"

static void use_many(int blocks)
{
    static void *block[3000];
    for (int i = 0; i < blocks; i++)
        block[i] = gt_pool_allocate((size_t)(i * 37 % 4000 + 1));
    for (int i = 0; i < blocks; i++)
        gt_pool_release(block[i], (size_t)(i * 37 % 4000 + 1));
}

enum { RING = 64, ROUNDS = 20000 };
typedef struct ring {
    _Atomic(unsigned char *) slots[RING];
} ring;

static size_t ring_bytes(int i)
{
    return (size_t)(i % 3000 + 1);
}

static void *produce(void *context)
{
    ring *shared = context;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned char *block = gt_pool_allocate(ring_bytes(i));
        memset(block, i, ring_bytes(i));
        unsigned char *expected = NULL;
        while (!atomic_compare_exchange_weak(&shared->slots[i % RING], &expected, block))
            expected = NULL, sched_yield();
        void *own = gt_pool_allocate(100);
        gt_pool_release(own, 100);
    }
    return NULL;
}

static void *consume(void *context)
{
    ring *shared = context;
    uintptr_t wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned char *block;
        while (!(block = atomic_exchange(&shared->slots[i % RING], NULL)))
            sched_yield();
        wrong += block[0] != (unsigned char)i || block[ring_bytes(i) - 1] != (unsigned char)i;
        gt_pool_release(block, ring_bytes(i));
    }
    return (void *)wrong;
}

START_TEST(blocks_may_be_released_by_another_thread)
{
    static ring shared;
    pthread_t producer, consumer;
    void *wrong = NULL;
    ck_assert_int_eq(pthread_create(&producer, NULL, produce, &shared), 0);
    ck_assert_int_eq(pthread_create(&consumer, NULL, consume, &shared), 0);
    pthread_join(producer, NULL);
    pthread_join(consumer, &wrong);
    ck_assert_ptr_null(wrong);
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

static void *churn(void *seed)
{
    void *blocks[300] = {0};
    size_t bytes[300] = {0};
    uint32_t state = (uint32_t)(uintptr_t)seed;
    for (int i = 0; i < 30000; i++) {
        state = state * 1664525u + 1013904223u;
        size_t slot = (state >> 8) % 300;
        gt_pool_release(blocks[slot], bytes[slot]);
        bytes[slot] = (state >> 16) % 1500 + 1;
        blocks[slot] = gt_pool_allocate(bytes[slot]);
        memset(blocks[slot], i, bytes[slot]);
        if (i % 5000 == 0)
            gt_memory_trim();
    }
    for (int i = 0; i < 300; i++)
        gt_pool_release(blocks[i], bytes[i]);
    return NULL;
}

START_TEST(threads_and_trims_do_not_disturb_each_other)
{
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, churn, (void *)(i + 1)), 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(gt_memory_live(), 0);
    gt_memory_trim();
    ck_assert_uint_eq(gt_memory_reserved(), 0);
}
END_TEST

static void *use_and_end(void *unused)
{
    (void)unused;
    for (size_t bytes = 1; bytes < 2000; bytes += 50)
        gt_pool_release(gt_pool_allocate(bytes), bytes);
    return NULL;
}

START_TEST(a_thread_that_ends_gives_its_cache_back)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, use_and_end, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_gt(gt_memory_reserved(), 0);
    gt_memory_trim();
    ck_assert_uint_eq(gt_memory_reserved(), 0);
}
END_TEST

static void *allocate_and_end(void *block)
{
    *(void **)block = gt_pool_allocate(500);
    return NULL;
}

START_TEST(live_still_counts_what_an_ended_thread_left_behind)
{
    void *block = NULL;
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, allocate_and_end, &block), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(gt_memory_live(), 512);
    gt_pool_release(block, 500);
    ck_assert_uint_eq(gt_memory_live(), 0);
}
END_TEST

static pthread_key_t late_key;

static void allocate_late(void *block)
{
    gt_pool_release(block, 100);
    gt_pool_release(gt_pool_allocate(3000), 3000);
    for (int i = 0; i < 1000; i++)
        gt_pool_release(gt_pool_allocate(100), 100);
}

static void *leave_it_to_a_destructor(void *unused)
{
    (void)unused;
    pthread_setspecific(late_key, gt_pool_allocate(100));
    return NULL;
}

START_TEST(destructors_of_a_thread_may_still_allocate_and_release)
{
    pthread_t thread;
    gt_pool_release(gt_pool_allocate(1), 1); /* so that the pool's own destructor comes first */
    ck_assert_int_eq(pthread_key_create(&late_key, allocate_late), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, leave_it_to_a_destructor, NULL), 0);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(gt_memory_live(), 0);
    gt_memory_trim();
    ck_assert_uint_eq(gt_memory_reserved(), 0);
}
END_TEST

typedef struct busy_thread {
    pthread_t thread;
    _Atomic int stop, ready;
} busy_thread;

/* Keeps the pool's mutex busy: more blocks than a thread caches go to and fro. */
static void *stay_busy(void *context)
{
    busy_thread *self = context;
    void *held[300];
    while (!atomic_load(&self->stop)) {
        for (int i = 0; i < 300; i++)
            held[i] = gt_pool_allocate(64);
        atomic_store(&self->ready, 1);
        for (int i = 0; i < 300; i++)
            gt_pool_release(held[i], 64);
        sched_yield();
    }
    return NULL;
}

START_TEST(a_forked_child_can_use_the_pool)
{
    busy_thread other = {.stop = 0};
    ck_assert_int_eq(pthread_create(&other.thread, NULL, stay_busy, &other), 0);
    while (!atomic_load(&other.ready))
        sched_yield();
    for (int i = 0; i < 10; i++) {
        pid_t child = fork();
        if (child == 0) {
            use_many(3000);
            gt_memory_trim();
            void *block = gt_pool_allocate(64);
            _exit(block && gt_memory_live() >= 64 ? 0 : 1);
        }
        int status = 0;
        waitpid(child, &status, 0);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    atomic_store(&other.stop, 1);
    pthread_join(other.thread, NULL);
}
END_TEST
int main(void)
{
    return run_suite("pool_threads", (const suite_test[]){
                                         TEST(blocks_may_be_released_by_another_thread),
                                         TEST(threads_and_trims_do_not_disturb_each_other),
                                         TEST(a_thread_that_ends_gives_its_cache_back),
                                         TEST(live_still_counts_what_an_ended_thread_left_behind),
                                         TEST(destructors_of_a_thread_may_still_allocate_and_release),
                                         TEST(a_forked_child_can_use_the_pool),
                                         END_OF_TESTS,
                                     });
}
