/* The steady state of training: after warm-up a step asks the system for no memory, and memory does not grow.
 *
 * malloc and its kin are counted by definitions of this program's own, in front of the C library's. That is not
 * possible under sanitizers, which bring their own: there, and with another C library, only what the pool itself counts
 * is checked. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "core/threads.h"
#include "models/model.h"
#include "tests/support/suite.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED
#endif
#endif

#ifdef TEST_EMULATED
enum { VERY_LONG = 20000 };
#else
enum { VERY_LONG = 200000 };
#endif
enum { WARM = 100, COUNTED = 100, LONG = 10000, FEATURES = 6, CLASSES = 3, SAMPLES = 8 };

/* ---- counting malloc's calls ------------------------------------------------------------------------------------ */

#if defined(__GLIBC__) && !defined(SANITIZED)
#define COUNTS_MALLOC

static _Atomic bool counting;
static _Atomic long calls;

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *memory);

static void count_call(void)
{
    if (atomic_load_explicit(&counting, memory_order_relaxed))
        atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
}

void *malloc(size_t bytes)
{
    count_call();
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    count_call();
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    count_call();
    return __libc_realloc(memory, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    count_call();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **memory, size_t alignment, size_t bytes)
{
    count_call();
    *memory = __libc_memalign(alignment, bytes);
    return *memory ? 0 : 12; /* ENOMEM */
}

void free(void *memory)
{
    count_call();
    __libc_free(memory);
}

/* Bytes of this process in physical memory. */
static long resident(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kibibytes = -1;
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld kB", &kibibytes) == 1)
            break;
    if (file)
        fclose(file);
    ck_assert_int_ge(kibibytes, 0);
    return kibibytes * 1024;
}
#endif

/* ---- what is trained -------------------------------------------------------------------------------------------- */

/* An MLP by tape ops: linear, batch_norm, relu, dropout, linear, cross-entropy; Adam. */
typedef struct network {
    gt_tensor *x, *y, *weight[6], *average[2];
    gt_tape *tape;
    gt_optimizer *optimizer;
} network;

static gt_tensor *drawn(gt_shape shape, uint64_t stream)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT32, shape);
    gt_random random = gt_random_new(5, stream);
    gt_random_normal(&random, GT_FLOAT32, gt_tensor_size(tensor), 0, 0.5, gt_tensor_data_write(tensor));
    return tensor;
}

static gt_tensor *labels(int64_t samples)
{
    gt_tensor *tensor = gt_tensor_new(GT_INT32, GT_SHAPE(samples));
    int32_t *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < samples; i++)
        values[i] = (int32_t)(i * 7 % CLASSES);
    return tensor;
}

static void make_network(network *n, const gt_tape_options *options, int64_t samples, int64_t hidden)
{
    const gt_shape shapes[] = {GT_SHAPE(FEATURES, hidden), GT_SHAPE(hidden),          GT_SHAPE(hidden),
                               GT_SHAPE(hidden),           GT_SHAPE(hidden, CLASSES), GT_SHAPE(CLASSES)};
    n->x = drawn(GT_SHAPE(samples, FEATURES), 1);
    n->y = labels(samples);
    for (int i = 0; i < 6; i++) {
        n->weight[i] = drawn(shapes[i], 2 + (uint64_t)i);
        gt_tensor_set_trainable(n->weight[i], true);
    }
    n->tape = gt_tape_new_with(options);
    n->optimizer = gt_adam(NULL);
}

static void free_network(network *n)
{
    gt_tensor_free(n->x);
    gt_tensor_free(n->y);
    for (int i = 0; i < 6; i++)
        gt_tensor_free(n->weight[i]);
    gt_tape_free(n->tape);
    gt_optimizer_free(n->optimizer);
}

static gt_status step_network(void *context)
{
    network *n = context;
    gt_tensor *gradient[6] = {NULL};
    gt_tape_begin(n->tape);
    gt_tensor *h = gt_linear(n->tape, n->x, n->weight[0], n->weight[1]);
    h = gt_relu(n->tape, gt_batch_norm(n->tape, h, n->weight[2], n->weight[3], 1e-3, NULL, NULL));
    gt_tensor *logits = gt_linear(n->tape, gt_dropout(n->tape, h, 0.25), n->weight[4], n->weight[5]);
    gt_tensor *loss = gt_softmax_cross_entropy(n->tape, logits, n->y);
    gt_tape_end(n->tape);
    gt_status status = gt_tape_gradient(n->tape, loss, 6, n->weight, gradient);
    if (status == GT_OK)
        status = gt_optimizer_apply(n->optimizer, 6, n->weight, gradient);
    gt_tape_reset(n->tape);
    return status;
}

/* The same as a model. */
typedef struct training {
    gt_model *model;
    gt_tensor *x, *y;
} training;

static void make_training(training *t)
{
    t->model = gt_sequential(&(gt_model_options){.seed = 3});
    gt_model_add(t->model, gt_layer_dense(5, NULL));
    gt_model_add(t->model, gt_layer_batch_norm(NULL));
    gt_model_add(t->model, gt_layer_activation(GT_RELU));
    gt_model_add(t->model, gt_layer_dropout(0.25));
    gt_model_add(t->model, gt_layer_dense(CLASSES, NULL));
    ck_assert_msg(gt_model_build(t->model, GT_SHAPE(FEATURES)) == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(gt_model_compile(t->model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                                      .loss = gt_softmax_cross_entropy,
                                                                      .metric = &gt_categorical_accuracy}),
                     GT_OK);
    t->x = drawn(GT_SHAPE(SAMPLES, FEATURES), 1);
    t->y = labels(SAMPLES);
}

static void free_training(training *t)
{
    gt_model_free(t->model);
    gt_tensor_free(t->x);
    gt_tensor_free(t->y);
}

static gt_status step_model(void *context)
{
    training *t = context;
    gt_step_result result;
    return gt_model_batch_step(t->model, t->x, t->y, true, &result);
}

/* ---- measuring -------------------------------------------------------------------------------------------------- */

typedef struct measured {
    size_t live, reserved;
} measured;

static measured measure(void)
{
    return (measured){gt_memory_live(), gt_memory_reserved()};
}

/* No Check in a step: its assertions allocate. */
typedef gt_status step(void *context);

static void repeat(step *one, void *context, int times)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < times; i++)
        status = one(context);
    ck_assert_msg(status == GT_OK, "%s", gt_last_error());
}

static void expect_no_growth(step *one, void *context)
{
    repeat(one, context, WARM);
    const measured early = measure();
    repeat(one, context, LONG - WARM);
    const measured late = measure();
    ck_assert_uint_eq(late.live, early.live);
    ck_assert_uint_eq(late.reserved, early.reserved);
}

static const gt_tape_options tapes[] = {{.seed = 1}, {.lean = true}, {.persistent = true}, {.trace = true}};
enum { TAPES = sizeof tapes / sizeof *tapes };

START_TEST(steps_by_tape_ops_leave_memory_as_it_was)
{
    network n;
    make_network(&n, &tapes[_i], SAMPLES, 5);
    expect_no_growth(step_network, &n);
    free_network(&n);
}
END_TEST

START_TEST(batch_steps_of_a_model_leave_memory_as_it_was)
{
    training t;
    make_training(&t);
    expect_no_growth(step_model, &t);
    free_training(&t);
}
END_TEST

/* An evaluation between steps, and a batch of another size, must not leave anything either. */
static gt_status step_with_evaluation(void *context)
{
    training *t = context;
    gt_step_result result;
    gt_tensor *part = gt_tensor_rows(t->x, 0, 3), *part_labels = gt_tensor_rows(t->y, 0, 3);
    gt_status status = step_model(t);
    if (status == GT_OK)
        status = gt_model_evaluate(t->model, part, part_labels, 2, &result);
    gt_tensor_free(part);
    gt_tensor_free(part_labels);
    return status;
}

START_TEST(evaluations_between_steps_leave_memory_as_it_was)
{
    training t;
    make_training(&t);
    expect_no_growth(step_with_evaluation, &t);
    free_training(&t);
}
END_TEST

/* What the pool asks its source for, which works under sanitizers too. */
static _Atomic long requests;

static void *counted_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    atomic_fetch_add(&requests, 1);
    return aligned_alloc(alignment, bytes);
}

static void counted_release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    atomic_fetch_add(&requests, 1);
    free(memory);
}

static void expect_no_request(step *one, void *context)
{
    repeat(one, context, WARM);
    ck_assert_int_gt(requests, 0);
    const long before = requests;
    repeat(one, context, COUNTED);
    ck_assert_int_eq(requests - before, 0);
}

static void count_requests(void)
{
    const gt_allocator allocator = {.allocate = counted_allocate, .release = counted_release};
    ck_assert_int_eq(gt_set_allocator(&allocator), GT_OK);
}

START_TEST(the_pool_asks_for_nothing_after_warm_up)
{
    network n;
    count_requests();
    make_network(&n, &tapes[_i], SAMPLES, 5);
    expect_no_request(step_network, &n);
    free_network(&n);
}
END_TEST

START_TEST(the_pool_asks_for_nothing_in_a_models_steps)
{
    training t;
    count_requests();
    make_training(&t);
    expect_no_request(step_model, &t);
    free_training(&t);
}
END_TEST

#ifdef COUNTS_MALLOC
static long calls_in(step *one, void *context)
{
    repeat(one, context, WARM);
    gt_status status = GT_OK;
    counting = true;
    for (int i = 0; status == GT_OK && i < COUNTED; i++)
        status = one(context);
    counting = false;
    ck_assert_msg(status == GT_OK, "%s", gt_last_error());
    return calls;
}

START_TEST(calls_of_malloc_are_counted)
{
    void *volatile block;
    counting = true;
    block = malloc(10);
    block = realloc(block, 20);
    free(block);
    block = calloc(2, 3);
    free(block);
    block = aligned_alloc(64, 128);
    free(block);
    counting = false;
    ck_assert_int_eq(calls, 7);
}
END_TEST

START_TEST(steps_by_tape_ops_do_not_call_malloc)
{
    network n;
    make_network(&n, &tapes[_i], SAMPLES, 5);
    ck_assert_int_eq(calls_in(step_network, &n), 0);
    free_network(&n);
}
END_TEST

START_TEST(steps_on_two_threads_do_not_call_malloc)
{
    network n;
    gt_set_threads(2);
    make_network(&n, &tapes[1], 256, 256); /* past what one thread takes at a time */
    ck_assert_int_eq(calls_in(step_network, &n), 0);
    free_network(&n);
}
END_TEST

START_TEST(batch_steps_of_a_model_do_not_call_malloc)
{
    training t;
    make_training(&t);
    ck_assert_int_eq(calls_in(step_model, &t), 0);
    free_training(&t);
}
END_TEST

/* From a buffer of the program's own into another. */
static gt_status predict(void *context)
{
    static float in[SAMPLES * FEATURES], out[SAMPLES * CLASSES];
    training *t = context;
    gt_tensor *x = gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(SAMPLES, FEATURES), in);
    gt_tensor *y = gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(SAMPLES, CLASSES), out);
    gt_status status = gt_model_predict_into(t->model, x, 3, y);
    gt_tensor_free(x);
    gt_tensor_free(y);
    return status;
}

START_TEST(predicting_does_not_call_malloc)
{
    training t;
    make_training(&t);
    ck_assert_int_eq(calls_in(predict, &t), 0);
    free_training(&t);
}
END_TEST

static void expect_steady_residence(step *one, void *context, int steps)
{
    repeat(one, context, WARM);
    const long early = resident();
    repeat(one, context, steps - WARM);
    const long late = resident();
    printf("%ld KiB resident at step %d, %ld KiB at step %d\n", early / 1024, WARM, late / 1024, steps);
    ck_assert_int_le(late - early, 256 * 1024);
}

START_TEST(resident_memory_stays_as_it_is)
{
    network n;
    make_network(&n, &tapes[_i], SAMPLES, 5);
    expect_steady_residence(step_network, &n, LONG);
    free_network(&n);
}
END_TEST

START_TEST(resident_memory_of_a_model_stays_as_it_is)
{
    training t;
    make_training(&t);
    expect_steady_residence(step_model, &t, VERY_LONG);
    free_training(&t);
}
END_TEST
#endif

int main(void)
{
    return run_suite("steady_state",
                     (const suite_test[]){
                         LOOP_TEST(steps_by_tape_ops_leave_memory_as_it_was, TAPES),
                         TEST(batch_steps_of_a_model_leave_memory_as_it_was),
                         TEST(evaluations_between_steps_leave_memory_as_it_was),
                         LOOP_TEST(the_pool_asks_for_nothing_after_warm_up, TAPES),
                         TEST(the_pool_asks_for_nothing_in_a_models_steps),
#ifdef COUNTS_MALLOC
                         TEST(calls_of_malloc_are_counted), LOOP_TEST(steps_by_tape_ops_do_not_call_malloc, TAPES),
                         TEST(steps_on_two_threads_do_not_call_malloc), TEST(batch_steps_of_a_model_do_not_call_malloc),
                         TEST(predicting_does_not_call_malloc), LOOP_TEST(resident_memory_stays_as_it_is, TAPES),
                         TEST(resident_memory_of_a_model_stays_as_it_is),
#endif
                         END_OF_TESTS});
}
