/* Training and threads: tapes on threads of their own that share parameters, the same bits on one thread and on two,
 * and a fork in between. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/random.h"
#include "core/threads.h"
#include "ops/ops.h"
#include "optim/optimizer.h"
#include "tests/support/forks.h"
#include "tests/support/suite.h"

/* Large enough that products and element-wise ops alike are cut into several parts. */
enum { BATCH = 160, IN = 96, HIDDEN = 256, CLASSES = 10, IMAGES = 48, SIDE = 24, FILTERS = 8, WEIGHTS = 4 };

/* Two layers: dense and dense, or convolution and dense. */
typedef struct network {
    bool images;
    gt_tensor *x, *y, *weight[WEIGHTS];
    gt_tape *tape;
    gt_optimizer *optimizer;
} network;

static gt_tensor *drawn(gt_shape shape, uint64_t stream, double deviation)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT32, shape);
    gt_random random = gt_random_new(17, stream);
    gt_random_normal(&random, GT_FLOAT32, gt_tensor_size(tensor), 0, deviation, gt_tensor_data_write(tensor));
    return tensor;
}

/* `data` is the stream that x comes from. */
static void make_data(network *n, bool images, uint64_t data)
{
    const int64_t samples = images ? IMAGES : BATCH;
    *n = (network){.images = images};
    n->x = drawn(images ? GT_SHAPE(IMAGES, SIDE, SIDE, 3) : GT_SHAPE(BATCH, IN), data, 1);
    n->y = gt_tensor_new(GT_INT32, GT_SHAPE(samples));
    int32_t *labels = gt_tensor_data_write(n->y);
    for (int64_t i = 0; i < samples; i++)
        labels[i] = (int32_t)(i * 7 % CLASSES);
    n->tape = gt_tape_new_with(&(gt_tape_options){.lean = true, .seed = 6});
}

static void make_weights(network *n)
{
    const int64_t flat = SIDE / 2 * SIDE / 2 * FILTERS;
    const gt_shape dense[WEIGHTS] = {GT_SHAPE(IN, HIDDEN), GT_SHAPE(HIDDEN), GT_SHAPE(HIDDEN, CLASSES),
                                     GT_SHAPE(CLASSES)};
    const gt_shape convolved[WEIGHTS] = {GT_SHAPE(3, 3, 3, FILTERS), GT_SHAPE(FILTERS), GT_SHAPE(flat, CLASSES),
                                         GT_SHAPE(CLASSES)};
    for (int i = 0; i < WEIGHTS; i++) {
        n->weight[i] = drawn(n->images ? convolved[i] : dense[i], 100 + (uint64_t)i, 0.05);
        gt_tensor_set_trainable(n->weight[i], true);
    }
    n->optimizer = gt_adam(NULL);
}

static void free_network(network *n, bool with_weights)
{
    gt_tensor_free(n->x);
    gt_tensor_free(n->y);
    gt_tape_free(n->tape);
    gt_optimizer_free(n->optimizer);
    for (int i = 0; with_weights && i < WEIGHTS; i++)
        gt_tensor_free(n->weight[i]);
}

static gt_tensor *hidden_layer(const network *n)
{
    gt_tape *tape = n->tape;
    if (!n->images)
        return gt_relu(tape, gt_linear(tape, n->x, n->weight[0], n->weight[1]));
    const gt_conv2d_options same = {.padding = GT_PADDING_SAME};
    gt_tensor *convolved = gt_conv2d(tape, n->x, n->weight[0], &same);
    gt_tensor *pooled = gt_max_pool2d(tape, gt_relu(tape, gt_add(tape, convolved, n->weight[1])), NULL);
    return gt_reshape(tape, pooled, GT_SHAPE(IMAGES, -1));
}

/* Gradients of one step; they stay on the tape until it is reset. */
static gt_status differentiate(const network *n, gt_tensor *gradient[])
{
    gt_tape_begin(n->tape);
    gt_tensor *h = gt_dropout(n->tape, hidden_layer(n), 0.25);
    gt_tensor *logits = gt_linear(n->tape, h, n->weight[2], n->weight[3]);
    gt_tensor *loss = gt_softmax_cross_entropy(n->tape, logits, n->y);
    gt_tape_end(n->tape);
    return gt_tape_gradient(n->tape, loss, WEIGHTS, n->weight, gradient);
}

/* FNV-1a over the bits of tensors. */
static uint64_t hash_of(gt_tensor *const tensors[])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (int i = 0; i < WEIGHTS; i++) {
        const unsigned char *bytes = gt_tensor_data(tensors[i]);
        for (int64_t j = 0; j < gt_tensor_size(tensors[i]) * (int64_t)sizeof(float); j++)
            hash = (hash ^ bytes[j]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static void train(network *n, int steps)
{
    for (int i = 0; i < steps; i++) {
        gt_tensor *gradient[WEIGHTS];
        ck_assert_msg(differentiate(n, gradient) == GT_OK, "%s", gt_tape_message(n->tape));
        ck_assert_msg(gt_optimizer_apply(n->optimizer, WEIGHTS, n->weight, gradient) == GT_OK, "%s", gt_last_error());
        gt_tape_reset(n->tape);
    }
}

/* ---- tapes on threads of their own ------------------------------------------------------------------------------- */

enum { ROUNDS = 10 };

typedef struct worker {
    network network; /* the weights are shared */
    uint64_t alone;  /* the hash of the gradients, computed with nobody else about */
    int wrong;
} worker;

static uint64_t gradients_of(network *n)
{
    gt_tensor *gradient[WEIGHTS];
    gt_tape_seed(n->tape, 6);
    const uint64_t hash = differentiate(n, gradient) == GT_OK ? hash_of(gradient) : 0;
    gt_tape_reset(n->tape);
    return hash;
}

static void *work(void *context)
{
    worker *w = context;
    for (int i = 0; i < ROUNDS; i++)
        w->wrong += gradients_of(&w->network) != w->alone;
    return NULL;
}

/* The weights of both networks are those of the first. */
static void share(worker workers[2], bool images)
{
    make_data(&workers[0].network, images, 1);
    make_data(&workers[1].network, images, 2);
    make_weights(&workers[0].network);
    memcpy(workers[1].network.weight, workers[0].network.weight, sizeof workers[0].network.weight);
    for (int i = 0; i < 2; i++)
        workers[i].alone = gradients_of(&workers[i].network);
}

START_TEST(tapes_on_two_threads_share_parameters)
{
    worker workers[2] = {0};
    pthread_t threads[2];
    gt_set_threads(2);
    share(workers, _i == 1);
    ck_assert(workers[0].alone != 0 && workers[1].alone != 0);
    ck_assert(workers[0].alone != workers[1].alone);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 2; i++)
        ck_assert_msg(workers[i].wrong == 0, "thread %d: %d of %d gradients are wrong", i, workers[i].wrong, ROUNDS);
    free_network(&workers[0].network, true);
    free_network(&workers[1].network, false);
}
END_TEST

/* A parameter first met by two tapes at once, and forgotten by both. */
START_TEST(tapes_come_and_go_on_two_threads)
{
    pthread_t threads[2];
    for (int round = 0; round < 3; round++) {
        worker workers[2] = {0};
        share(workers, false);
        for (int i = 0; i < 2; i++) {
            gt_tape_free(workers[i].network.tape);
            workers[i].network.tape = gt_tape_new(GT_CPU);
            ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
        }
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        ck_assert_int_eq(workers[0].wrong + workers[1].wrong, 0);
        free_network(&workers[0].network, true);
        free_network(&workers[1].network, false);
    }
}
END_TEST

/* ---- one thread and two ------------------------------------------------------------------------------------------ */

static uint64_t trained_on(int threads, bool images, int steps)
{
    network n;
    gt_set_threads(threads);
    make_data(&n, images, 1);
    make_weights(&n);
    const uint64_t before = hash_of(n.weight);
    train(&n, steps);
    const uint64_t hash = hash_of(n.weight);
    ck_assert(hash != before);
    free_network(&n, true);
    return hash;
}

START_TEST(one_thread_and_two_give_the_same_bits)
{
    const uint64_t one = trained_on(1, _i == 1, 6);
    ck_assert_uint_eq(trained_on(2, _i == 1, 6), one);
    ck_assert_uint_eq(trained_on(3, _i == 1, 6), one);
    ck_assert_uint_eq(trained_on(2, _i == 1, 6), one);
}
END_TEST

/* ---- a second thread's share ------------------------------------------------------------------------------------- */

/* The linker hands the library's calls over to these, and calls of __real_ to the library (tests/CMakeLists.txt). */
void __wrap_gt_parallel(int64_t count, int64_t grain, gt_range_body *body, void *context);
void __real_gt_parallel(int64_t count, int64_t grain, gt_range_body *body, void *context);
void __wrap_gt_parallel_slots(int64_t count, int64_t grain, int slots, gt_slot_body *body, void *context);
void __real_gt_parallel_slots(int64_t count, int64_t grain, int slots, gt_slot_body *body, void *context);

static struct {
    bool on;
    _Atomic int jobs;   /* of several parts */
    _Atomic int lonely; /* parts of them while which no other thread came */
    /* Nanoseconds: of all threads in parts, and of the one that calls in parts and waiting for the other. */
    _Atomic int64_t in_parts, not_alone;
} watch;
static _Thread_local bool in_part;

/* What a kernel asked for: one of the bodies is NULL. */
typedef struct watched_job {
    gt_range_body *body;
    gt_slot_body *slot_body;
    void *context;
    pthread_t caller;
    _Atomic bool came[2]; /* the caller, another thread */
} watched_job;

static int64_t own_nanoseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Holds up a thread in its first part until another thread has a part too: on a busy machine it may be long in coming,
 * and would find nothing left to do. */
static void wait_for_other(watched_job *job, bool mine)
{
    int tries = watch.lonely ? 0 : 20000;
    atomic_store(&job->came[!mine], true);
    for (; !atomic_load(&job->came[mine]) && tries > 0; tries--)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    atomic_fetch_add(&watch.lonely, !atomic_load(&job->came[mine]));
}

static void run_watched(void *context, int slot, int64_t begin, int64_t end)
{
    watched_job *job = context;
    const bool mine = pthread_equal(job->caller, pthread_self());
    const int64_t arrival = own_nanoseconds();
    wait_for_other(job, mine);
    in_part = true;
    const int64_t start = own_nanoseconds();
    if (job->body)
        job->body(job->context, begin, end);
    else
        job->slot_body(job->context, slot, begin, end);
    const int64_t now = own_nanoseconds();
    in_part = false;
    atomic_fetch_add(&watch.in_parts, now - start);
    atomic_fetch_add(&watch.not_alone, mine ? now - arrival : 0);
}

static void watch_job(watched_job *job, int64_t count, int64_t grain, int slots)
{
    job->caller = pthread_self();
    __real_gt_parallel_slots(count, grain, slots, run_watched, job);
    atomic_fetch_add(&watch.jobs, 1);
}

static bool is_watched(int64_t count, int64_t grain)
{
    return watch.on && count > grain && !in_part;
}

void __wrap_gt_parallel(int64_t count, int64_t grain, gt_range_body *body, void *context)
{
    if (is_watched(count, grain))
        watch_job(&(watched_job){.body = body, .context = context}, count, grain, GT_MAX_THREADS);
    else
        __real_gt_parallel(count, grain, body, context);
}

void __wrap_gt_parallel_slots(int64_t count, int64_t grain, int slots, gt_slot_body *body, void *context)
{
    if (is_watched(count, grain))
        watch_job(&(watched_job){.slot_body = body, .context = context}, count, grain, slots);
    else
        __real_gt_parallel_slots(count, grain, slots, body, context);
}

/* Steps with a second thread take 1 / 1.2 of the time or less where at least half as much is done in parts as outside.
 * Processor time, because time on the wall depends on what else the machine does. */
START_TEST(a_second_thread_takes_a_share_of_the_work)
{
    network n;
    gt_set_threads(2);
    make_data(&n, _i == 1, 1);
    make_weights(&n);
    train(&n, 1);
    watch.jobs = watch.lonely = 0;
    watch.in_parts = watch.not_alone = 0;
    watch.on = true;
    const int64_t start = own_nanoseconds();
    train(&n, 4);
    const int64_t alone = own_nanoseconds() - start - watch.not_alone, parts = watch.in_parts;
    watch.on = false;
    free_network(&n, true);
    ck_assert_int_gt(watch.jobs, 0);
    ck_assert_msg(watch.lonely == 0, "no other thread came to %d parts", watch.lonely);
    ck_assert_msg(parts > alone / 2, "%.1f ms in parts, %.1f ms outside", 1e-6 * (double)parts, 1e-6 * (double)alone);
}
END_TEST

/* ---- fork -------------------------------------------------------------------------------------------------------- */

#if !defined(NO_THREADS_AFTER_FORK)
/* Both processes go on from the same state, with threads of their own, to the same bits. */
START_TEST(a_child_goes_on_where_its_parent_stands)
{
    network n;
    int ends[2];
    uint64_t theirs = 0;
    gt_set_threads(2);
    make_data(&n, _i == 1, 1);
    make_weights(&n);
    train(&n, 3);
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        train(&n, 3);
        const uint64_t hash = hash_of(n.weight);
        _exit(write(ends[1], &hash, sizeof hash) != sizeof hash);
    }
    train(&n, 3);
    ck_assert_int_eq(read(ends[0], &theirs, sizeof theirs), sizeof theirs);
    int status = -1;
    waitpid(child, &status, 0);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert_uint_eq(theirs, hash_of(n.weight));
    ck_assert_uint_eq(theirs, trained_on(1, _i == 1, 6));
    close(ends[0]);
    close(ends[1]);
    free_network(&n, true);
}
END_TEST
#endif

int main(void)
{
    return run_suite(
        "threads_training", (const suite_test[]) {
            LOOP_TEST(tapes_on_two_threads_share_parameters, 2), TEST(tapes_come_and_go_on_two_threads),
                LOOP_TEST(one_thread_and_two_give_the_same_bits, 2),
                LOOP_TEST(a_second_thread_takes_a_share_of_the_work, 2),
#if !defined(NO_THREADS_AFTER_FORK)
                LOOP_TEST(a_child_goes_on_where_its_parent_stands, 2),
#endif
                END_OF_TESTS,
        });
}
