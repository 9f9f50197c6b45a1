/* The thread pool. A job is open while its caller works on it; idle threads that find it open enter, claim parts from
 * counters until none is left, and leave. The caller closes the job and waits until everyone has left before the next
 * one is written, so that a late thread finds either a closed gate or the newest job, whole. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "core/threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"

enum {
    SPIN_NANOSECONDS = 40000, /* about the time it takes to wake a sleeping thread */
    SPINS_PER_LOOK = 32       /* at the clock */
};

/* The gate: the number of threads inside, and two flags. */
#define OPEN          0x80000000u
#define CALLER_SLEEPS 0x40000000u
#define INSIDE        (CALLER_SLEEPS - 1)

/* What gt_parallel and gt_parallel_slots were asked for: one of the bodies is NULL. */
typedef struct task {
    int64_t count, grain;
    int slots;
    gt_range_body *body;
    gt_slot_body *slot_body;
    void *context;
} task;

static struct {
    _Alignas(64) _Atomic uint32_t gate;
    _Atomic uint32_t jobs; /* jobs opened so far: what idle threads watch */
    _Atomic uint32_t sleepers;
    _Atomic bool stop;
    struct {
        _Alignas(64) _Atomic int64_t next; /* part to be claimed */
        int64_t end;
    } range[GT_MAX_THREADS]; /* of a job's parts: a thread begins with its own, then helps the others */

    _Alignas(64) task job; /* written only while the gate is closed and nobody inside */
    int64_t parts;

    pthread_mutex_t mutex; /* for the two conditions; whoever sleeps or wakes holds it */
    pthread_cond_t wake, left;

    _Atomic bool busy;   /* held by the one caller whose job this is, and by who starts or stops threads */
    _Atomic int allowed; /* gt_set_threads; 0: not decided yet */
    int started;         /* threads running beside the caller's */
    int tried;           /* how many the last attempt asked for: fewer may have started */
    pthread_t threads[GT_MAX_THREADS];
    struct arrival {
        int slot;
        uint32_t seen; /* jobs opened before it came */
    } arrivals[GT_MAX_THREADS];
} pool = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .left = PTHREAD_COND_INITIALIZER};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local bool working; /* this thread is running parts: calls it makes run on it alone */

static inline void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Watches `word` until (*word & mask) differs from `old`, for a while: true where it did. */
static bool spin_until_changed(_Atomic uint32_t *word, uint32_t mask, uint32_t old)
{
    int64_t end = 0;
    for (uint32_t i = 0;; i++) {
        if ((atomic_load_explicit(word, memory_order_acquire) & mask) != old)
            return true;
        relax();
        if (i % SPINS_PER_LOOK != 0)
            continue;
        int64_t now = gt_nanoseconds();
        if (end == 0)
            end = now + SPIN_NANOSECONDS;
        else if (now > end)
            return false;
    }
}

static inline void run_piece(const task *job, int slot, int64_t begin, int64_t end)
{
    if (job->body)
        job->body(job->context, begin, end);
    else
        job->slot_body(job->context, slot, begin, end);
}

/* Each thread's own range comes first, so that from call to call it meets data that its cache may still hold. */
static void run_parts(int slot)
{
    const task *job = &pool.job;
    if (slot >= job->slots)
        return;
    for (int i = 0; i <= pool.started; i++) {
        const int owner = (slot + i) % (pool.started + 1);
        for (;;) {
            int64_t part = atomic_fetch_add_explicit(&pool.range[owner].next, 1, memory_order_relaxed);
            if (part >= pool.range[owner].end)
                break;
            int64_t begin = part * job->grain;
            run_piece(job, slot, begin, part == pool.parts - 1 ? job->count : begin + job->grain);
        }
    }
}

static void leave(void)
{
    uint32_t before = atomic_fetch_sub_explicit(&pool.gate, 1, memory_order_acq_rel);
    if ((before & CALLER_SLEEPS) && (before & INSIDE) == 1) {
        pthread_mutex_lock(&pool.mutex);
        pthread_cond_signal(&pool.left);
        pthread_mutex_unlock(&pool.mutex);
    }
}

/* Waits for a job after the `seen` first ones. Sleeping is announced before the last look at `jobs`, and a caller looks
 * for sleepers after opening: both in one total order, so none is missed. */
static uint32_t wait_for_job(uint32_t seen)
{
    if (!spin_until_changed(&pool.jobs, UINT32_MAX, seen)) {
        pthread_mutex_lock(&pool.mutex);
        atomic_fetch_add(&pool.sleepers, 1);
        while (atomic_load(&pool.jobs) == seen)
            pthread_cond_wait(&pool.wake, &pool.mutex);
        atomic_fetch_sub(&pool.sleepers, 1);
        pthread_mutex_unlock(&pool.mutex);
    }
    return atomic_load(&pool.jobs);
}

static void *thread_main(void *given)
{
    const struct arrival *arrival = given;
    uint32_t seen = arrival->seen;
    working = true;
    for (;;) {
        seen = wait_for_job(seen);
        if (atomic_load_explicit(&pool.stop, memory_order_acquire))
            return NULL;
        uint32_t before = atomic_fetch_add_explicit(&pool.gate, 1, memory_order_acq_rel);
        if (before & OPEN)
            run_parts(arrival->slot);
        leave();
    }
}

/* Makes idle threads look: at an open job, or at `stop`. */
static void announce(int64_t useful)
{
    atomic_fetch_add(&pool.jobs, 1);
    uint32_t sleepers = atomic_load(&pool.sleepers);
    if (sleepers == 0)
        return;
    pthread_mutex_lock(&pool.mutex);
    if (useful >= (int64_t)sleepers)
        pthread_cond_broadcast(&pool.wake);
    else
        for (int64_t i = 0; i < useful; i++)
            pthread_cond_signal(&pool.wake);
    pthread_mutex_unlock(&pool.mutex);
}

static bool take_pool(void)
{
    return !atomic_exchange_explicit(&pool.busy, true, memory_order_acquire);
}

static void give_pool(void)
{
    atomic_store_explicit(&pool.busy, false, memory_order_release);
}

/* The child has the forking thread alone. Every lock is new, since any may have been held; a job that was running in
 * the parent is not the child's. */
static void after_fork_in_child(void)
{
    pthread_mutex_init(&pool.mutex, NULL);
    pthread_cond_init(&pool.wake, NULL);
    pthread_cond_init(&pool.left, NULL);
    atomic_store(&pool.gate, 0);
    atomic_store(&pool.sleepers, 0);
    atomic_store(&pool.stop, false);
    pool.started = pool.tried = 0;
    give_pool();
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static void stop_threads(void)
{
    if (pool.started > 0) {
        atomic_store_explicit(&pool.stop, true, memory_order_release);
        announce(GT_MAX_THREADS);
        for (int i = 0; i < pool.started; i++)
            pthread_join(pool.threads[i], NULL);
        atomic_store_explicit(&pool.stop, false, memory_order_release);
    }
    pool.started = pool.tried = 0;
}

/* As many threads as may run beside the caller's; where the system refuses one, those that are there have to do. */
static void start_threads(int count)
{
    if (pool.tried == count)
        return;
    if (pool.started > count)
        stop_threads();
    pthread_once(&once, watch_forks);
    /* Signals are the host's business, and so its threads'. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    const uint32_t seen = atomic_load(&pool.jobs);
    for (; pool.started < count; pool.started++) {
        struct arrival *arrival = &pool.arrivals[pool.started];
        *arrival = (struct arrival){pool.started + 1, seen};
        if (pthread_create(&pool.threads[pool.started], NULL, thread_main, arrival) != 0)
            break;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pool.tried = count;
}

static void wait_until_left(void)
{
    uint32_t gate = atomic_fetch_and_explicit(&pool.gate, ~OPEN, memory_order_acq_rel);
    if ((gate & INSIDE) == 0)
        return;
    for (uint32_t inside = gate & INSIDE; inside != 0;) {
        if (!spin_until_changed(&pool.gate, INSIDE, inside))
            break;
        inside = atomic_load_explicit(&pool.gate, memory_order_acquire) & INSIDE;
    }
    if ((atomic_load_explicit(&pool.gate, memory_order_acquire) & INSIDE) == 0)
        return;
    pthread_mutex_lock(&pool.mutex);
    atomic_fetch_or_explicit(&pool.gate, CALLER_SLEEPS, memory_order_acq_rel);
    while (atomic_load_explicit(&pool.gate, memory_order_acquire) & INSIDE)
        pthread_cond_wait(&pool.left, &pool.mutex);
    atomic_fetch_and_explicit(&pool.gate, ~CALLER_SLEEPS, memory_order_acq_rel);
    pthread_mutex_unlock(&pool.mutex);
}

static void run_alone(const task *job)
{
    int64_t begin = 0;
    for (; job->count - begin > job->grain; begin += job->grain)
        run_piece(job, 0, begin, begin + job->grain);
    run_piece(job, 0, begin, job->count);
}

static void run_together(const task *job)
{
    pool.job = *job;
    pool.parts = (job->count - 1) / job->grain + 1;
    for (int i = 0; i <= pool.started; i++) {
        const int64_t threads = pool.started + 1;
        atomic_store_explicit(&pool.range[i].next, pool.parts / threads * i + pool.parts % threads * i / threads,
                              memory_order_relaxed);
        pool.range[i].end = pool.parts / threads * (i + 1) + pool.parts % threads * (i + 1) / threads;
    }
    atomic_fetch_or_explicit(&pool.gate, OPEN, memory_order_acq_rel);
    announce(pool.parts - 1);
    working = true;
    run_parts(0);
    working = false;
    wait_until_left();
}

static void run(const task *job)
{
    if (job->count <= 0)
        return;
    if (job->count <= job->grain || working || gt_threads() == 1 || !take_pool()) {
        run_alone(job);
        return;
    }
    start_threads(gt_threads() - 1);
    bool together = pool.started > 0;
    if (together)
        run_together(job);
    give_pool();
    if (!together)
        run_alone(job);
}

void gt_parallel(int64_t count, int64_t grain, gt_range_body *body, void *context)
{
    run(&(const task){.count = count, .grain = grain, .slots = GT_MAX_THREADS, .body = body, .context = context});
}

void gt_parallel_slots(int64_t count, int64_t grain, int slots, gt_slot_body *body, void *context)
{
    run(&(const task){.count = count, .grain = grain, .slots = slots, .slot_body = body, .context = context});
}

static int processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    return (int)sysconf(_SC_NPROCESSORS_ONLN); /* more processors than a cpu_set_t has */
}

static int default_threads(void)
{
    const char *text = getenv("GRADTAPE_THREADS");
    char *end = NULL;
    long asked = text ? strtol(text, &end, 10) : 0;
    if (asked < 1 || *end != '\0')
        asked = processors();
    return asked < 1 ? 1 : asked > GT_MAX_THREADS ? GT_MAX_THREADS : (int)asked;
}

int gt_threads(void)
{
    int allowed = atomic_load_explicit(&pool.allowed, memory_order_relaxed);
    if (allowed != 0)
        return allowed;
    int decided = default_threads();
    /* A number that gt_set_threads gave meanwhile stands. */
    bool first = atomic_compare_exchange_strong_explicit(&pool.allowed, &allowed, decided, memory_order_relaxed,
                                                         memory_order_relaxed);
    return first || allowed == 0 ? decided : allowed;
}

gt_status gt_set_threads(int count)
{
    if (count < 0 || count > GT_MAX_THREADS)
        return gt_fail(GT_ERR_ARGUMENT, "set_threads: %d is outside 0..%d", count, GT_MAX_THREADS);
    atomic_store_explicit(&pool.allowed, count, memory_order_relaxed);
    if (working || !take_pool())
        return GT_OK; /* the next call adapts */
    if (pool.started >= gt_threads())
        stop_threads();
    give_pool();
    return GT_OK;
}

void gt_threads_stop(void)
{
    if (working)
        return;
    while (!take_pool())
        sched_yield();
    stop_threads();
    give_pool();
}
