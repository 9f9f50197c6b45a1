/* Every allocation of a training run is made to fail once, from a cold start: the failure must be reported as one of
 * memory, nothing may be lost or half-written, and with memory back the same objects must go on to the same bits. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gradcheck.h"
#include "core/memory.h"
#include "models/model.h"
#include "tests/support/suite.h"

enum { BATCH = 4, IN = 3, HIDDEN = 5, CLASSES = 3, WEIGHTS = 4, MOST_RESULTS = 1024 };

/* ---- injecting -------------------------------------------------------------------------------------------------- */

static struct {
    long asked, fail_at; /* allocations so far; which one fails: 0 for none */
    int struck, reported;
} injection;

static void *failing_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    if (++injection.asked == injection.fail_at) {
        injection.struck++;
        return NULL;
    }
    return aligned_alloc(alignment, bytes);
}

static void release(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    free(memory);
}

/* Whether a call failed, which it may once, for want of memory, and must say. */
static bool failed(gt_status status, const char *message)
{
    if (status == GT_OK)
        return false;
    ck_assert_msg(injection.struck == 1 && injection.reported == 0, "allocation %ld: a failure of its own: %s: %s",
                  injection.fail_at, gt_status_name(status), message);
    ck_assert_msg(status == GT_ERR_MEMORY, "allocation %ld: status %s: %s", injection.fail_at, gt_status_name(status),
                  message);
    ck_assert_msg(strstr(message, "out of memory") != NULL, "allocation %ld: '%s'", injection.fail_at, message);
    injection.reported++;
    return true;
}

/* Repeats what makes an object, until it does. */
#define MAKE(object, call)                                                                                             \
    while (!((object) = (call)))                                                                                       \
    failed(GT_ERR_MEMORY, gt_last_error())

/* Results of the run in which nothing failed, and of the present one. */
static double expected[MOST_RESULTS];
static int results;

static void note_result(double value)
{
    ck_assert_int_lt(results, MOST_RESULTS);
    if (injection.fail_at == 0)
        expected[results] = value;
    else
        ck_assert_msg(value == expected[results], "allocation %ld, result %d: %.17g, undisturbed %.17g",
                      injection.fail_at, results, value, expected[results]);
    results++;
}

static void note_tensor(const gt_tensor *tensor)
{
    ck_assert(tensor != NULL);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        note_result(gt_tensor_at(tensor, i));
}

/* Runs the scenario undisturbed, then with each allocation failing in turn. */
static void fail_everywhere(const char *name, void (*scenario)(void))
{
    const gt_allocator allocator = {.allocate = failing_allocate, .release = release, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&allocator), GT_OK);
    long injected = -1;
    for (bool more = true; more; injected++) {
        const size_t live = gt_memory_live();
        memset(&injection, 0, sizeof injection);
        injection.fail_at = injected + 1;
        results = 0;
        scenario();
        ck_assert_msg(gt_memory_live() == live, "allocation %ld: %zu bytes are left", injection.fail_at,
                      gt_memory_live() - live);
        ck_assert_msg(injection.reported == injection.struck, "allocation %ld: the failure was not reported",
                      injection.fail_at);
        ck_assert_int_gt(results, 0);
        more = injection.fail_at == 0 || injection.struck;
    }
    injected--; /* the last run had none */
    printf("%s: %ld failures injected\n", name, injected);
    fflush(stdout);
    ck_assert_int_gt(injected, 50);
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
}

/* ---- a network to train ----------------------------------------------------------------------------------------- */

typedef struct network {
    gt_tensor *x, *y, *weight[WEIGHTS];
} network;

static gt_tensor *drawn(gt_dtype dtype, gt_shape shape, uint64_t stream, bool trainable)
{
    gt_tensor *tensor = trainable ? gt_parameter_new("weight", dtype, shape) : gt_tensor_new(dtype, shape);
    gt_random random = gt_random_new(9, stream);
    if (tensor)
        gt_random_normal(&random, dtype, gt_tensor_size(tensor), 0, 0.6, gt_tensor_data_write(tensor));
    return tensor;
}

static void make_network(network *n)
{
    const gt_shape shapes[WEIGHTS] = {GT_SHAPE(IN, HIDDEN), GT_SHAPE(HIDDEN), GT_SHAPE(HIDDEN, CLASSES),
                                      GT_SHAPE(CLASSES)};
    const int32_t labels[BATCH] = {0, 2, 1, 2};
    MAKE(n->x, drawn(GT_FLOAT32, GT_SHAPE(BATCH, IN), 1, false));
    MAKE(n->y, gt_tensor_from(GT_INT32, GT_SHAPE(BATCH), labels));
    for (int i = 0; i < WEIGHTS; i++)
        MAKE(n->weight[i], drawn(GT_FLOAT32, shapes[i], 2 + (uint64_t)i, true));
}

static void free_network(network *n)
{
    gt_tensor_free(n->x);
    gt_tensor_free(n->y);
    for (int i = 0; i < WEIGHTS; i++)
        gt_tensor_free(n->weight[i]);
}

/* A hidden layer, its entries' weighted sum by a vector (which a function of ops makes), and the loss. */
static gt_tensor *forward(gt_tape *tape, const network *n)
{
    gt_tensor *h = gt_tanh(tape, gt_linear(tape, n->x, n->weight[0], n->weight[1]));
    gt_tensor *row = gt_matmul(tape, h, n->weight[1], NULL);
    gt_tensor *logits = gt_linear(tape, h, n->weight[2], n->weight[3]);
    logits = gt_add(tape, logits, gt_reshape(tape, row, GT_SHAPE(-1, 1)));
    return gt_add(tape, gt_softmax_cross_entropy(tape, logits, n->y), gt_mean(tape, gt_square(tape, row), NULL));
}

/* Records until it succeeds: an op's failure sticks to the tape, and reset clears it. */
static gt_tensor *record(gt_tape *tape, const network *n)
{
    for (;;) {
        gt_tape_begin(tape);
        gt_tensor *loss = forward(tape, n);
        gt_tape_end(tape);
        if (!failed(gt_tape_status(tape), gt_tape_message(tape)))
            return loss;
        ck_assert(loss == NULL);
        gt_tape_reset(tape);
    }
}

/* ---- (c) tape ops and the optimizer's first steps ---------------------------------------------------------------- */

/* A failed gradient leaves the tape as it was: the same request is made again. */
static void take_gradient(gt_tape *tape, gt_tensor *loss, network *n, gt_tensor *gradient[])
{
    const int64_t length = gt_tape_length(tape);
    while (failed(gt_tape_gradient(tape, loss, WEIGHTS, n->weight, gradient), gt_tape_message(tape))) {
        ck_assert_int_eq(gt_tape_length(tape), length);
        for (int i = 0; i < WEIGHTS; i++)
            ck_assert(gradient[i] == NULL);
    }
}

static gt_tape_options kind_of_tape;

static void train(void)
{
    network n;
    gt_tape *tape;
    gt_optimizer *optimizer;
    make_network(&n);
    MAKE(tape, gt_tape_new_with(&kind_of_tape));
    MAKE(optimizer, gt_adam(NULL));
    for (int step = 0; step < 2; step++) {
        gt_tensor *gradient[WEIGHTS], *loss = record(tape, &n);
        note_result(gt_tensor_item(loss));
        take_gradient(tape, loss, &n, gradient);
        while (failed(gt_optimizer_apply(optimizer, WEIGHTS, n.weight, gradient), gt_last_error()))
            ck_assert_int_eq(gt_optimizer_steps(optimizer), step);
        gt_tape_reset(tape);
    }
    for (int i = 0; i < WEIGHTS; i++)
        note_tensor(n.weight[i]);
    gt_tape_free(tape);
    gt_optimizer_free(optimizer);
    free_network(&n);
}

START_TEST(a_step_on_a_tape_that_is_kept_survives)
{
    kind_of_tape.persistent = _i == 1;
    fail_everywhere(_i == 1 ? "persistent tape and optimizer" : "one-shot tape and optimizer", train);
}
END_TEST

/* A lean tape is to be reset after a failed gradient. */
static void train_on_a_lean_tape(void)
{
    network n;
    gt_tape *tape;
    gt_tensor *gradient[WEIGHTS];
    make_network(&n);
    MAKE(tape, gt_tape_new_with(&(gt_tape_options){.lean = true}));
    for (int step = 0; step < 2; step++) {
        while (failed(gt_tape_gradient(tape, record(tape, &n), WEIGHTS, n.weight, gradient), gt_tape_message(tape)))
            gt_tape_reset(tape);
        for (int i = 0; i < WEIGHTS; i++)
            note_tensor(gradient[i]);
        gt_tape_reset(tape);
    }
    gt_tape_free(tape);
    free_network(&n);
}

START_TEST(a_step_on_a_lean_tape_survives)
{
    fail_everywhere("lean tape", train_on_a_lean_tape);
}
END_TEST

/* ---- (b) second order -------------------------------------------------------------------------------------------- */

/* The gradient of the gradient's squared length. */
static void differentiate_twice(void)
{
    network n;
    gt_tape *tape;
    gt_tensor *gradient[WEIGHTS], *second[WEIGHTS], *length;
    make_network(&n);
    MAKE(tape, gt_tape_new_with(&(gt_tape_options){.persistent = true}));
    for (;;) {
        gt_tape_begin(tape);
        gt_tensor *loss = forward(tape, &n);
        if (loss)
            take_gradient(tape, loss, &n, gradient); /* recorded, and made again while recording */
        length = loss ? gt_sum(tape, gt_square(tape, gradient[0]), NULL) : NULL;
        for (int i = 1; length && i < WEIGHTS; i++)
            length = gt_add(tape, length, gt_sum(tape, gt_square(tape, gradient[i]), NULL));
        gt_tape_end(tape);
        if (!failed(gt_tape_status(tape), gt_tape_message(tape)))
            break;
        gt_tape_reset(tape);
    }
    take_gradient(tape, length, &n, second);
    for (int i = 0; i < WEIGHTS; i++) {
        note_tensor(gradient[i]);
        note_tensor(second[i]);
    }
    gt_tape_free(tape);
    free_network(&n);
}

START_TEST(a_second_order_step_survives)
{
    fail_everywhere("second order", differentiate_twice);
}
END_TEST

/* ---- (d) Jacobians ----------------------------------------------------------------------------------------------- */

static void take_jacobians(void)
{
    network n;
    gt_tape *tape;
    gt_tensor *jacobian[2], *local;
    make_network(&n);
    MAKE(tape, gt_tape_new_with(&(gt_tape_options){.persistent = true}));
    for (;;) {
        gt_tape_begin(tape);
        gt_tensor *y = gt_sigmoid(tape, gt_linear(tape, n.x, n.weight[0], n.weight[1]));
        gt_tape_end(tape);
        gt_status status = y ? gt_tape_jacobian(tape, y, 2, n.weight, jacobian) : gt_tape_status(tape);
        if (!failed(status, gt_tape_message(tape)))
            break;
        gt_tape_reset(tape);
    }
    note_tensor(jacobian[0]);
    note_tensor(jacobian[1]);
    MAKE(local, gt_op_jacobian(gt_op_find("tanh"), &n.weight[1], 1, NULL, 0));
    note_tensor(local);
    gt_tensor_free(local);
    gt_tape_free(tape);
    free_network(&n);
}

START_TEST(a_jacobian_survives)
{
    fail_everywhere("jacobian", take_jacobians);
}
END_TEST

/* ---- custom gradients and checkpoints ---------------------------------------------------------------------------- */

static int releases;

static void count_release(void *context)
{
    (void)context;
    releases++;
}

/* y = x^2 by hand. */
static gt_status square_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_mul(tape, inputs[0], gt_copy(tape, inputs[0]));
    return gt_tape_status(tape);
}

static gt_status square_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                            gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)outputs, (void)context;
    gradients[0] = gt_scale(tape, gt_mul(tape, cotangents[0], inputs[0]), 2);
    return gt_tape_status(tape);
}

static gt_tensor *dense(gt_tape *tape, gt_tensor *const inputs[], void *context)
{
    (void)context;
    return gt_tanh(tape, gt_dropout(tape, gt_linear(tape, inputs[0], inputs[1], inputs[2]), 0.25));
}

static gt_tensor *checkpointed(gt_tape *tape, const network *n)
{
    const gt_custom square = {"square", 1, square_forward, square_vjp, count_release, NULL};
    gt_tensor *inputs[] = {n->x, n->weight[0], n->weight[1]}, *squared = NULL;
    gt_tensor *h = gt_checkpoint(tape, dense, NULL, 3, inputs);
    if (h)
        gt_custom_gradient(tape, &square, 1, &h, &squared);
    else
        releases++; /* never handed over */
    return gt_softmax_cross_entropy(tape, gt_linear(tape, squared, n->weight[2], n->weight[3]), n->y);
}

static void train_with_checkpoints(void)
{
    network n;
    gt_tape *tape;
    int rounds = 0;
    make_network(&n);
    MAKE(tape, gt_tape_new(GT_CPU));
    releases = 0;
    for (int step = 0; step < 2;) {
        gt_tensor *gradient[WEIGHTS], *loss;
        rounds++;
        gt_tape_seed(tape, 4);
        gt_tape_begin(tape);
        loss = checkpointed(tape, &n);
        gt_tape_end(tape);
        if (!failed(gt_tape_status(tape), gt_tape_message(tape))) {
            take_gradient(tape, loss, &n, gradient);
            for (int i = 0; i < WEIGHTS; i++)
                note_tensor(gradient[i]);
            step++;
        }
        gt_tape_reset(tape);
    }
    gt_tape_free(tape);
    ck_assert_msg(releases == rounds, "allocation %ld: the context was released %d times in %d steps",
                  injection.fail_at, releases, rounds);
    free_network(&n);
}

START_TEST(checkpoints_and_custom_gradients_survive)
{
    fail_everywhere("checkpoint and custom gradient", train_with_checkpoints);
}
END_TEST

/* ---- gradcheck --------------------------------------------------------------------------------------------------- */

static gt_status cubes(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    (void)context;
    outputs[0] = gt_mul(tape, inputs[0], gt_square(tape, inputs[0]));
    return gt_tape_status(tape);
}

/* Its inputs are written on the way, and must be as before also after a failure. */
static void check_gradients(void)
{
    const gt_function function = {"cubes", 1, cubes, NULL};
    const double values[] = {0.5, -1.25, 2};
    gt_gradcheck_report report;
    gt_tensor *x;
    MAKE(x, gt_tensor_from(GT_FLOAT64, GT_SHAPE(3), values));
    while (failed(gt_gradcheck(&function, 1, &x, NULL, &report), report.message))
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq(gt_tensor_at(x, i), values[i]);
    note_result((double)report.compared);
    note_tensor(x);
    gt_tensor_free(x);
}

START_TEST(a_gradient_check_survives)
{
    fail_everywhere("gradcheck", check_gradients);
}
END_TEST

/* ---- (a) a model, built and fitted --------------------------------------------------------------------------------
 */

static gt_layer *layer_of(int index)
{
    switch (index) {
    case 0:
        return gt_layer_dense(HIDDEN, &(gt_dense_options){.activation = GT_RELU, .name = "first"});
    case 1:
        return gt_layer_batch_norm(NULL);
    case 2:
        return gt_layer_dropout(0.1);
    default:
        return gt_layer_dense(CLASSES, NULL);
    }
}

/* A failed gt_model_add sticks to the model: a new one is made. */
static gt_model *make_model(void)
{
    for (;;) {
        gt_model *model;
        gt_status status = GT_OK;
        MAKE(model, gt_sequential(&(gt_model_options){.seed = 8}));
        for (int i = 0; status == GT_OK && i < 4; i++) {
            gt_layer *layer;
            MAKE(layer, layer_of(i));
            status = gt_model_add(model, layer);
        }
        if (!failed(status, gt_last_error()))
            return model;
        ck_assert_int_eq(gt_model_build(model, GT_SHAPE(IN)), GT_ERR_MEMORY);
        gt_model_free(model);
    }
}

static void fit_a_model(void)
{
    network data;
    gt_optimizer *optimizer;
    gt_tensor *weight[8], *predicted;
    make_network(&data);
    gt_model *model = make_model();
    while (failed(gt_model_build(model, GT_SHAPE(IN)), gt_last_error()))
        continue;
    const int count = gt_model_weights(model, 8, weight);
    ck_assert_int_eq(count, 8);
    for (int i = 0; i < count; i++)
        note_tensor(weight[i]); /* as initialised, also after a failed build */
    MAKE(optimizer, gt_rmsprop(NULL));
    ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = optimizer,
                                                                   .loss = gt_softmax_cross_entropy,
                                                                   .metric = &gt_categorical_accuracy}),
                     GT_OK);
    while (failed(gt_model_fit(model, data.x, data.y, &(gt_fit_options){.batch_size = 3}), gt_last_error()))
        continue;
    MAKE(predicted, gt_model_predict(model, data.x, 0));
    for (int64_t i = 0; i < gt_tensor_size(predicted); i++)
        ck_assert(isfinite(gt_tensor_at(predicted, i)));
    gt_tensor_free(predicted);
    gt_model_free(model);
    free_network(&data);
}

START_TEST(a_models_build_and_first_epoch_survive)
{
    fail_everywhere("model build and fit", fit_a_model);
}
END_TEST

int main(void)
{
    return run_suite("allocation_failures", (const suite_test[]){
                                                LOOP_TEST(a_step_on_a_tape_that_is_kept_survives, 2),
                                                TEST(a_step_on_a_lean_tape_survives),
                                                TEST(a_second_order_step_survives),
                                                TEST(a_jacobian_survives),
                                                TEST(checkpoints_and_custom_gradients_survive),
                                                TEST(a_gradient_check_survives),
                                                TEST(a_models_build_and_first_epoch_survive),
                                                END_OF_TESTS,
                                            });
}
