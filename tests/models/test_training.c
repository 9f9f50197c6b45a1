/* models/training: one step by hand, determinism, problems that are learned, memory, losses and metrics that fail. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/threads.h"
#include "tests/support/models.h"
#include "tests/support/suite.h"

/* ---- one step ---------------------------------------------------------------------------------------------------- */

/* w = 0.5, b = 0: predictions 0.5 and 1, errors -1.5 and -2, loss (2.25 + 4) / 2, dw = -1.5 x 1 - 2 x 2, db = -3.5. */
START_TEST(one_step_of_sgd_is_the_one_by_hand)
{
    gt_model *model = line(0.5, 0, 0.1);
    gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){1, 2}),
              *y = numbers(GT_SHAPE(2, 1), (const double[]){2, 3});
    gt_step_result result;
    assert_ok(gt_model_batch_step(model, x, y, true, &result));
    ck_assert_double_eq(result.loss, 3.125);
    ck_assert(isnan(result.metric));
    assert_near(weight_of(model, 0), 0.5 + 0.1 * 5.5, 1e-15);
    assert_near(weight_of(model, 1), 0.1 * 3.5, 1e-15);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

START_TEST(a_step_that_does_not_train_changes_nothing)
{
    gt_model *model = line(0.5, 0, 0.1);
    gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){1, 2}),
              *y = numbers(GT_SHAPE(2, 1), (const double[]){2, 3});
    gt_step_result result;
    assert_ok(gt_model_batch_step(model, x, y, false, &result));
    ck_assert_double_eq(result.loss, 3.125);
    ck_assert_double_eq(weight_of(model, 0), 0.5);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

START_TEST(predictions_go_into_a_buffer_of_the_programs)
{
    double in[] = {1, 2, 3}, out[] = {0, 0, 0};
    gt_model *model = line(0.5, 1, 0.1);
    gt_tensor *x = gt_tensor_borrow(GT_FLOAT64, GT_SHAPE(3, 1), in),
              *narrow = gt_tensor_new(GT_FLOAT32, GT_SHAPE(3, 1));
    gt_tensor *y = gt_tensor_borrow(GT_FLOAT64, GT_SHAPE(3, 1), out), *flat = gt_tensor_new(GT_FLOAT64, GT_SHAPE(3));
    assert_ok(gt_model_predict_into(model, x, 2, y));
    ck_assert(out[0] == 1.5 && out[1] == 2 && out[2] == 2.5);
    ck_assert_int_eq(gt_model_predict_into(model, x, 2, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_predict_into(NULL, x, 2, y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_predict_into(model, x, -1, y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_predict_into(model, x, 2, narrow), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_model_predict_into(model, x, 2, flat), GT_ERR_SHAPE);
    assert_message("y is float64 (3,), float64 (3, 1) is expected");
    gt_tensor *const all[] = {x, y, narrow, flat};
    for (int i = 0; i < 4; i++)
        gt_tensor_free(all[i]);
    gt_model_free(model);
}
END_TEST

START_TEST(predict_gives_all_rows)
{
    gt_model *model = line(2, 1, 0.1);
    gt_tensor *x = numbers(GT_SHAPE(5, 1), (const double[]){0, 1, 2, 3, 4});
    for (int64_t batch = 0; batch <= 6; batch++) {
        gt_tensor *y = gt_model_predict(model, x, batch);
        ck_assert_msg(y != NULL, "%s", gt_last_error());
        ck_assert_int_eq(gt_tensor_dim(y, 0), 5);
        ck_assert_int_eq(gt_tensor_dim(y, 1), 1);
        for (int i = 0; i < 5; i++)
            ck_assert_double_eq(gt_tensor_at(y, i), 2 * i + 1);
        gt_tensor_free(y);
    }
    gt_tensor *none = gt_tensor_rows(x, 0, 0), *nothing = gt_model_predict(model, none, 0);
    ck_assert_int_eq(gt_tensor_dim(nothing, 1), 1);
    ck_assert_int_eq(gt_tensor_size(nothing), 0);
    gt_tensor_free(none);
    gt_tensor_free(nothing);
    gt_tensor_free(x);
    gt_model_free(model);
}
END_TEST

START_TEST(frozen_layers_stay_as_they_are)
{
    rows r = noise(60, 5, 3);
    gt_model *model = classifier(1);
    assert_ok(gt_model_build(model, GT_SHAPE(5)));
    gt_layer_set_trainable(gt_model_layer(model, 0), false);
    gt_layer_set_trainable(gt_model_layer(model, 1), false);
    size_t bytes;
    float *before = all_weights(model, &bytes);
    assert_ok(gt_model_fit(model, r.x, r.y, NULL));
    float *after = all_weights(model, &bytes);
    const size_t frozen = (5 * 64 + 64 + 4 * 64) * sizeof(float);
    ck_assert_int_eq(memcmp(before, after, frozen), 0);
    ck_assert_int_ne(memcmp((char *)before + frozen, (char *)after + frozen, bytes - frozen), 0);
    gt_layer_set_trainable(gt_model_layer(model, 4), false);
    assert_ok(gt_model_fit(model, r.x, r.y, NULL)); /* nothing is left to train */
    free(before);
    free(after);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

static float *fitted(uint64_t seed, int threads, rows r, size_t *bytes)
{
    use_threads(threads);
    gt_model *model = classifier(seed);
    assert_ok(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.epochs = 2, .batch_size = 150}));
    float *weights = all_weights(model, bytes);
    gt_model_free(model);
    return weights;
}

START_TEST(one_seed_gives_one_result_for_any_number_of_threads)
{
    size_t bytes;
    rows r = noise(500, 300, 3);
    float *first = fitted(1, 1, r, &bytes), *again = fitted(1, 1, r, &bytes), *two = fitted(1, 2, r, &bytes);
    float *other = fitted(2, 1, r, &bytes);
    ck_assert_int_eq(memcmp(first, again, bytes), 0);
    ck_assert_int_eq(memcmp(first, two, bytes), 0);
    ck_assert_int_ne(memcmp(first, other, bytes), 0);
    free(first);
    free(again);
    free(two);
    free(other);
    free_rows(r);
}
END_TEST

/* ---- learning ---------------------------------------------------------------------------------------------------- */

START_TEST(a_line_is_found)
{
    gt_model *model = line(0, 0, 0.1);
    double x[20], y[20];
    for (int i = 0; i < 20; i++) {
        x[i] = i / 10. - 1;
        y[i] = 3 * x[i] - 2;
    }
    gt_tensor *rows_x = numbers(GT_SHAPE(20, 1), x), *rows_y = numbers(GT_SHAPE(20, 1), y);
    assert_ok(gt_model_fit(model, rows_x, rows_y, &(gt_fit_options){.epochs = 400, .batch_size = 5}));
    assert_near(weight_of(model, 0), 3, 1e-9);
    assert_near(weight_of(model, 1), -2, 1e-9);
    gt_tensor_free(rows_x);
    gt_tensor_free(rows_y);
    gt_model_free(model);
}
END_TEST

START_TEST(xor_is_learned)
{
    const float inputs[] = {0, 0, 0, 1, 1, 0, 1, 1}, outputs[] = {0, 1, 1, 0};
    gt_tensor *x = gt_tensor_from(GT_FLOAT32, GT_SHAPE(4, 2), inputs);
    gt_tensor *y = gt_tensor_from(GT_FLOAT32, GT_SHAPE(4, 1), outputs);
    gt_model *model = gt_sequential(&(gt_model_options){.seed = (uint64_t)_i});
    gt_model_add(model, gt_layer_dense(8, &(gt_dense_options){.activation = GT_TANH}));
    gt_model_add(model, gt_layer_dense(1, &(gt_dense_options){.activation = GT_SIGMOID}));
    assert_ok(
        gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(&(gt_adam_options){.learning_rate = 0.05}),
                                                      .loss = gt_binary_crossentropy,
                                                      .metric = &gt_binary_accuracy}));
    assert_ok(gt_model_fit(model, x, y, &(gt_fit_options){.epochs = 500}));
    gt_step_result result;
    assert_ok(gt_model_evaluate(model, x, y, 0, &result));
    ck_assert_double_eq(result.metric, 1);
    ck_assert_double_lt(result.loss, 0.1);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static int requests, requests_at[3], steps_done;
static int request_to_fail; /* 0: none */

static void *counted(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    if (++requests == request_to_fail)
        return NULL;
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

static void returned(void *context, void *memory, size_t bytes)
{
    (void)context, (void)bytes;
    requests += request_to_fail == 0; /* a call, too */
    free(memory);
}

static gt_status note_requests(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    if (steps_done == 100)
        requests_at[0] = requests;
    if (steps_done == 200)
        requests_at[1] = requests;
    steps_done++;
    return gt_model_batch_step(model, x, y, training, result);
}

START_TEST(steps_100_to_200_ask_the_system_for_no_memory)
{
    gt_set_threads(1);
    assert_ok(gt_set_allocator(&(gt_allocator){.allocate = counted, .release = returned}));
    requests = steps_done = request_to_fail = 0;
    rows r = noise(190, 20, 3); /* 19 + 1 steps an epoch, the last one short */
    gt_model *model = classifier(1);
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_model_optimizer(model),
                                                            .loss = gt_softmax_cross_entropy,
                                                            .metric = &gt_categorical_accuracy,
                                                            .batch_step = note_requests}));
    const bool in_order = _i;
    assert_ok(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.epochs = 21, .batch_size = 20, .no_shuffle = in_order}));
    ck_assert_int_gt(steps_done, 200);
    ck_assert_int_gt(requests_at[0], 0);
    ck_assert_int_eq(requests_at[1], requests_at[0]);
    gt_model_free(model);
    free_rows(r);
    assert_ok(gt_set_allocator(NULL));
}
END_TEST

/* A model made, trained and used, whatever fails. */
static gt_status live_a_life(rows r)
{
    gt_model *model = gt_sequential(NULL);
    if (!model)
        return GT_ERR_MEMORY;
    gt_model_add(model, gt_layer_dense(4, &(gt_dense_options){.activation = GT_RELU}));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_model_add(model, gt_layer_dropout(0.5));
    gt_model_add(model, gt_layer_dense(3, NULL));
    gt_status status = gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                                     .loss = gt_softmax_cross_entropy,
                                                                     .metric = &gt_categorical_accuracy});
    if (status == GT_OK)
        status =
            gt_model_fit(model, r.x, r.y, &(gt_fit_options){.batch_size = 4, .validation_x = r.x, .validation_y = r.y});
    gt_tensor *y = status == GT_OK ? gt_model_predict(model, r.x, 0) : NULL;
    if (status == GT_OK && !y)
        status = GT_ERR_MEMORY;
    if (status == GT_ERR_MEMORY && gt_model_layer_count(model) == 4 && gt_model_optimizer(model))
        assert_ok(gt_model_fit(model, r.x, r.y, NULL)); /* what failed once can go on */
    gt_tensor_free(y);
    gt_model_free(model);
    return status;
}

START_TEST(any_allocation_may_fail)
{
    gt_set_threads(1);
    assert_ok(gt_set_allocator(&(gt_allocator){.allocate = counted, .release = returned, .direct = 1}));
    requests = request_to_fail = 0;
    rows r = noise(6, 3, 3);
    const size_t live = gt_memory_live();
    gt_status status = GT_ERR_MEMORY;
    int failing = 0;
    while (status != GT_OK && failing < 5000) {
        requests = 0;
        request_to_fail = ++failing;
        status = live_a_life(r);
        ck_assert_msg(gt_memory_live() == live, "request %d failed, and %zu bytes are lost", failing,
                      gt_memory_live() - live);
        ck_assert_msg(status == GT_OK || status == GT_ERR_MEMORY, "request %d failed with status %d: %s", failing,
                      (int)status, gt_last_error());
    }
    ck_assert_int_eq(status, GT_OK);
    ck_assert_int_gt(failing, 100);
    free_rows(r);
    assert_ok(gt_set_allocator(NULL));
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static gt_tensor *constant_loss(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    (void)target;
    return gt_mean(tape, gt_stop_gradient(tape, prediction), NULL);
}

static gt_tensor *no_loss(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    (void)tape, (void)prediction, (void)target;
    return NULL;
}

static gt_tensor *square_loss(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    (void)target;
    return gt_square(tape, prediction);
}

START_TEST(losses_that_cannot_be_trained_by_say_why)
{
    gt_loss *const losses[] = {constant_loss, no_loss, square_loss};
    const char *const messages[] = {"no gradient for 'dense/kernel' (3, 3)", "the loss is NULL, a scalar is expected",
                                    "the loss is (6, 3), a scalar is expected"};
    rows r = noise(6, 3, 3);
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(3, NULL));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL), .loss = losses[_i]}));
    ck_assert_int_ne(gt_model_fit(model, r.x, r.y, NULL), GT_OK);
    assert_message(messages[_i]);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

START_TEST(a_metric_that_does_not_fit_fails_the_step_before_it_changes_anything)
{
    gt_model *model = line(0.5, 0, 0.1);
    gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){1, 2}),
              *y = numbers(GT_SHAPE(2, 1), (const double[]){2, 3});
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_model_optimizer(model),
                                                            .loss = square_loss,
                                                            .metric = &gt_categorical_accuracy}));
    gt_tensor *row = gt_tensor_rows(x, 0, 1);
    gt_step_result result;
    ck_assert_int_eq(gt_model_batch_step(model, row, y, true, &result), GT_ERR_SHAPE);
    assert_message("categorical_accuracy: prediction (1, 1) and target float64 (2, 1) do not fit");
    ck_assert_double_eq(weight_of(model, 0), 0.5);
    gt_tensor_free(row);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

int main(void)
{
    return run_suite("training", (const suite_test[]){
                                     TEST(one_step_of_sgd_is_the_one_by_hand),
                                     TEST(a_step_that_does_not_train_changes_nothing),
                                     TEST(predictions_go_into_a_buffer_of_the_programs),
                                     TEST(predict_gives_all_rows),
                                     TEST(frozen_layers_stay_as_they_are),
                                     TEST(one_seed_gives_one_result_for_any_number_of_threads),
                                     TEST(a_line_is_found),
                                     LOOP_TEST(xor_is_learned, 3),
                                     LOOP_TEST(steps_100_to_200_ask_the_system_for_no_memory, 2),
                                     TEST(any_allocation_may_fail),
                                     LOOP_TEST(losses_that_cannot_be_trained_by_say_why, 3),
                                     TEST(a_metric_that_does_not_fit_fails_the_step_before_it_changes_anything),
                                     END_OF_TESTS,
                                 });
}
