/* models/training: one step by hand, weighting, determinism, memory, failures, and problems that are learned. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/threads.h"
#include "models/model.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

#define assert_ok(call)        ck_assert_msg((call) == GT_OK, "%s", gt_last_error())
#define assert_near(x, y, tol) ck_assert_msg(fabs((x) - (y)) <= (tol), "%.17g is not %.17g", (double)(x), (double)(y))
#define assert_message(part)                                                                                           \
    ck_assert_msg(strstr(gt_last_error(), part) != NULL, "the message is '%s'", gt_last_error())

static gt_tensor *numbers(gt_shape shape, const double *values)
{
    return gt_tensor_from(GT_FLOAT64, shape, values);
}

/* y = w x + b in float64, with w and b given; sgd of this rate, squared error. */
static gt_model *line(double w, double b, double rate)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64});
    gt_model_add(model, gt_layer_input(GT_SHAPE(1)));
    gt_model_add(model, gt_layer_dense(1, NULL));
    assert_ok(
        gt_model_compile(model, &(gt_compile_options){.optimizer = gt_sgd(&(gt_sgd_options){.learning_rate = rate}),
                                                      .loss = gt_mean_squared_error}));
    gt_tensor_write(gt_layer_weight(gt_model_layer(model, 0), 0), &w, sizeof w);
    gt_tensor_write(gt_layer_weight(gt_model_layer(model, 0), 1), &b, sizeof b);
    return model;
}

static double weight_of(const gt_model *model, int index)
{
    return gt_tensor_at(gt_layer_weight(gt_model_layer(model, 0), index), 0);
}

/* Noise of `features` columns; the label is which of the first `classes` is largest. */
typedef struct rows {
    gt_tensor *x, *y;
} rows;

static rows noise(int64_t count, int64_t features, int classes)
{
    gt_random random = gt_random_new(7, 0);
    rows r = {gt_tensor_new(GT_FLOAT32, GT_SHAPE(count, features)), gt_tensor_new(GT_INT32, GT_SHAPE(count))};
    float *x = gt_tensor_data_write(r.x);
    int32_t *y = gt_tensor_data_write(r.y);
    assert_ok(gt_random_normal(&random, GT_FLOAT32, count * features, 0, 1, x));
    for (int64_t i = 0; i < count; i++)
        for (int32_t k = 1; k < classes; k++)
            if (x[i * features + k] > x[i * features + y[i]])
                y[i] = k;
    return r;
}

static void free_rows(rows r)
{
    gt_tensor_free(r.x);
    gt_tensor_free(r.y);
}

/* Dense, batch_norm, relu, dropout, dense: whatever draws numbers or sums. */
static gt_model *classifier(uint64_t seed)
{
    gt_model *model = gt_sequential(&(gt_model_options){.seed = seed});
    gt_model_add(model, gt_layer_dense(64, NULL));
    gt_model_add(model, gt_layer_batch_norm(NULL));
    gt_model_add(model, gt_layer_leaky_relu(0));
    gt_model_add(model, gt_layer_dropout(0.1));
    gt_model_add(model, gt_layer_dense(3, NULL));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                            .loss = gt_softmax_cross_entropy,
                                                            .metric = &gt_categorical_accuracy}));
    return model;
}

/* All weights, one behind the other; to be freed. */
static float *all_weights(const gt_model *model, size_t *bytes)
{
    gt_tensor *weights[16];
    int count = gt_model_weights(model, 16, weights);
    float *values = malloc((size_t)gt_model_parameter_count(model, false) * sizeof *values);
    size_t at = 0;
    for (int i = 0; i < count; i++) {
        memcpy(values + at, gt_tensor_data(weights[i]), (size_t)gt_tensor_size(weights[i]) * sizeof *values);
        at += (size_t)gt_tensor_size(weights[i]);
    }
    *bytes = at * sizeof *values;
    return values;
}

/* ---- values by hand -------------------------------------------------------------------------------------------- */

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

/* Predictions are 0, so the losses are 1, 4 and 9: in batches of 2 and 1, 2.5 and 9, and their mean is 14 / 3. */
START_TEST(a_short_last_batch_counts_by_its_samples)
{
    gt_model *model = line(0, 0, 1e-300);
    gt_tensor *x = numbers(GT_SHAPE(3, 1), (const double[]){1, 1, 1});
    gt_tensor *y = numbers(GT_SHAPE(3, 1), (const double[]){1, 2, 3});
    gt_step_result result;
    assert_ok(gt_model_evaluate(model, x, y, 2, &result));
    assert_near(result.loss, 14. / 3, 1e-15);
    assert_ok(gt_model_fit(model, x, y, &(gt_fit_options){.batch_size = 2, .epochs = 2}));
    int epochs;
    const double *loss = gt_model_history(model, "loss", &epochs);
    ck_assert_int_eq(epochs, 2);
    assert_near(loss[0], 14. / 3, 1e-14);
    assert_near(loss[1], 14. / 3, 1e-14);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_model_free(model);
}
END_TEST

/* In order, batch size 1, rate 0.5: b goes 0, then 0 + 1 x (1 - 0) = 1, then 1 + (3 - 1) = 3; w sees x = 0. */
START_TEST(without_shuffling_rows_come_in_order)
{
    gt_model *model = line(0, 0, 0.5);
    gt_tensor *x = numbers(GT_SHAPE(2, 1), (const double[]){0, 0}),
              *y = numbers(GT_SHAPE(2, 1), (const double[]){1, 3});
    assert_ok(gt_model_fit(model, x, y, &(gt_fit_options){.batch_size = 1, .no_shuffle = true}));
    assert_near(weight_of(model, 1), 3, 1e-15);
    ck_assert_double_eq(gt_model_history(model, "loss", NULL)[0], (1 + 4) / 2.);
    gt_tensor_free(x);
    gt_tensor_free(y);
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

/* ---- fit ------------------------------------------------------------------------------------------------------- */

static int steps_taken;

static gt_status count_steps(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    (void)model, (void)x, (void)y, (void)training;
    steps_taken++;
    result->loss = 2;
    return GT_OK;
}

START_TEST(an_epoch_has_as_many_steps_as_in_the_documents)
{
    npy_array counts, steps;
    ck_assert_msg(npy_case("seed_cases/steps_per_epoch", "n_rows", &counts) &&
                      npy_case("seed_cases/steps_per_epoch", "steps", &steps),
                  "%s", npy_message());
    for (int64_t i = 0; i < counts.count; i++) {
        rows r = noise((int64_t)counts.values[i], 2, 2);
        gt_model *model = gt_sequential(NULL);
        gt_model_add(model, gt_layer_dense(2, NULL));
        assert_ok(
            gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL), .batch_step = count_steps}));
        steps_taken = 0;
        assert_ok(gt_model_fit(model, r.x, r.y, NULL));
        ck_assert_double_eq(steps_taken, steps.values[i]);
        ck_assert_double_eq(gt_model_history(model, "loss", NULL)[0], 2);
        gt_model_free(model);
        free_rows(r);
    }
    npy_free(&counts);
    npy_free(&steps);
}
END_TEST

static float *fitted(uint64_t seed, int threads, rows r, size_t *bytes)
{
    assert_ok(gt_set_threads(threads));
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

static int64_t rows_seen;
static uint32_t features_seen;

/* Each row of x is its own number, and so is its label. */
static gt_status see_rows(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    (void)model, (void)training;
    result->loss = 0;
    for (int64_t i = 0; i < gt_tensor_dim(x, 0); i++) {
        ck_assert_double_eq(gt_tensor_at(x, i), gt_tensor_at(y, i));
        features_seen |= UINT32_C(1) << (int)gt_tensor_at(x, i);
        rows_seen = 32 * rows_seen + (int64_t)gt_tensor_at(x, i);
    }
    return GT_OK;
}

START_TEST(shuffling_shows_every_row_once_with_its_label_in_a_new_order_each_epoch)
{
    float x[10];
    int32_t y[10];
    for (int32_t i = 0; i < 10; i++) {
        x[i] = (float)i;
        y[i] = i;
    }
    gt_tensor *rows_x = gt_tensor_from(GT_FLOAT32, GT_SHAPE(10, 1), x),
              *rows_y = gt_tensor_from(GT_INT32, GT_SHAPE(10), y);
    gt_model *model = gt_sequential(NULL);
    gt_model_add(model, gt_layer_dense(1, NULL));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL), .batch_step = see_rows}));
    int64_t orders[3];
    for (int i = 0; i < 3; i++) {
        rows_seen = features_seen = 0;
        assert_ok(gt_model_fit(model, rows_x, rows_y, &(gt_fit_options){.batch_size = 4}));
        ck_assert_uint_eq(features_seen, 1023);
        orders[i] = rows_seen;
    }
    ck_assert(orders[0] != orders[1] && orders[1] != orders[2]);
    gt_tensor_free(rows_x);
    gt_tensor_free(rows_y);
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

START_TEST(the_history_has_a_value_an_epoch_for_each_name)
{
    rows r = noise(40, 5, 3);
    gt_model *model = classifier(1);
    const char *const names[] = {"loss", "accuracy", "val_loss", "val_accuracy"};
    gt_step_result result;
    assert_ok(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.epochs = 20, .validation_x = r.x, .validation_y = r.y}));
    assert_ok(gt_model_evaluate(model, r.x, r.y, 0, &result));
    ck_assert_int_eq(gt_model_history_count(model), 4);
    for (int i = 0; i < 4; i++) {
        int epochs;
        ck_assert_str_eq(gt_model_history_name(model, i), names[i]);
        ck_assert_ptr_nonnull(gt_model_history(model, names[i], &epochs));
        ck_assert_int_eq(epochs, 20);
    }
    ck_assert_double_eq(gt_model_history(model, "val_loss", NULL)[19], result.loss);
    ck_assert_double_eq(gt_model_history(model, "val_accuracy", NULL)[19], result.metric);
    ck_assert_ptr_null(gt_model_history(model, "val_nothing", NULL));
    ck_assert_ptr_null(gt_model_history_name(model, 4));
    assert_ok(gt_model_fit(model, r.x, r.y, NULL));
    ck_assert_int_eq(gt_model_history_count(model), 2);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

static char written[4096];

static void keep(void *context, const char *text, size_t length)
{
    (void)context;
    strncat(written, text, length);
}

START_TEST(fit_prints_a_line_an_epoch)
{
    rows r = noise(70, 5, 3);
    gt_model *model = classifier(1);
    int epoch = 0, epochs = 0, length = 0;
    assert_ok(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.epochs = 2, .writer = keep}));
    sscanf(written, "Epoch %d/%d\n3/3 - %*ds - %*[0-9]%*[ums]/step - loss: %*f - accuracy: %*f\n%n", &epoch, &epochs,
           &length);
    ck_assert_msg(epoch == 1 && epochs == 2 && length > 0, "%s", written);
    ck_assert_int_eq(strncmp(written + length, "Epoch 2/2\n3/3 - ", 16), 0);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

/* ---- learning -------------------------------------------------------------------------------------------------- */

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

/* ---- memory ---------------------------------------------------------------------------------------------------- */

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
        ck_assert_msg(status == GT_OK || status == GT_ERR_MEMORY || status == GT_ERR_ARGUMENT,
                      "request %d failed with status %d: %s", failing, (int)status, gt_last_error());
    }
    ck_assert_int_eq(status, GT_OK);
    ck_assert_int_gt(failing, 100);
    free_rows(r);
    assert_ok(gt_set_allocator(NULL));
}
END_TEST

/* ---- errors ---------------------------------------------------------------------------------------------------- */

START_TEST(a_model_that_is_not_compiled_cannot_be_fitted)
{
    rows r = noise(4, 3, 3);
    gt_model *model = gt_sequential(&(gt_model_options){.name = "mine"});
    gt_model_add(model, gt_layer_dense(3, NULL));
    gt_step_result result;
    ck_assert_int_eq(gt_model_fit(model, r.x, r.y, NULL), GT_ERR_STATE);
    ck_assert_str_eq(gt_last_error(), "gt_model_fit: the model 'mine' is not compiled: call gt_model_compile first");
    ck_assert_int_eq(gt_model_evaluate(model, r.x, r.y, 0, &result), GT_ERR_STATE);
    ck_assert_int_eq(gt_model_batch_step(model, r.x, r.y, true, &result), GT_ERR_STATE);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

START_TEST(compiling_takes_the_optimizer_also_where_it_fails)
{
    gt_model *model = gt_sequential(NULL);
    ck_assert_int_eq(gt_model_compile(NULL, &(gt_compile_options){.optimizer = gt_adam(NULL)}), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_compile(model, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL)}), GT_ERR_ARGUMENT);
    assert_message("the loss is NULL");
    const gt_metric nameless = {0};
    ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_adam(NULL),
                                                                   .loss = gt_mean_squared_error,
                                                                   .metric = &nameless}),
                     GT_ERR_ARGUMENT);
    gt_optimizer *wrong = gt_adam(&(gt_adam_options){.beta1 = 2});
    ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = wrong, .loss = gt_mean_squared_error}),
                     GT_ERR_ARGUMENT);
    assert_message("the optimizer is NULL: adam: beta1 is 2");
    ck_assert_ptr_null(gt_model_optimizer(model));
    gt_model_free(model);
}
END_TEST

START_TEST(compiling_again_replaces_the_optimizer)
{
    gt_model *model = line(0, 0, 0.1);
    gt_optimizer *adam = gt_adam(NULL);
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = adam, .loss = gt_mean_squared_error}));
    ck_assert_ptr_eq(gt_model_optimizer(model), adam);
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = adam, .loss = gt_mean_squared_error}));
    ck_assert_int_eq(gt_model_compile(model, &(gt_compile_options){.optimizer = adam}), GT_ERR_ARGUMENT);
    ck_assert_ptr_eq(gt_model_optimizer(model), adam);
    gt_model_free(model);
}
END_TEST

START_TEST(data_that_do_not_fit_are_named)
{
    rows r = noise(6, 3, 3);
    gt_model *model = classifier(1);
    gt_tensor *fewer = gt_tensor_rows(r.y, 0, 5), *none = gt_tensor_rows(r.x, 0, 0),
              *no_labels = gt_tensor_rows(r.y, 0, 0);
    gt_tensor *bytes = gt_tensor_new(GT_UINT8, GT_SHAPE(6, 3)), *truth = gt_tensor_new(GT_UINT8, GT_SHAPE(6));
    ck_assert_int_eq(gt_model_fit(model, r.x, fewer, NULL), GT_ERR_SHAPE);
    assert_message("x (6, 3) and y (5,) have different numbers of rows");
    ck_assert_int_eq(gt_model_fit(model, none, no_labels, NULL), GT_ERR_SHAPE);
    assert_message("x has no rows");
    ck_assert_int_eq(gt_model_fit(model, bytes, r.y, NULL), GT_ERR_DTYPE);
    assert_message("x is uint8, the model 'sequential' float32: convert it first (gt_cast)");
    ck_assert_int_eq(gt_model_fit(model, r.x, truth, NULL), GT_ERR_DTYPE);
    assert_message("y is uint8");
    ck_assert_int_eq(gt_model_fit(model, NULL, r.y, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_fit(model, r.x, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_fit(NULL, r.x, r.y, NULL), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_model_predict(model, bytes, 0));
    ck_assert_ptr_null(gt_model_predict(model, NULL, 0));
    ck_assert_ptr_null(gt_model_predict(NULL, r.x, 0));
    ck_assert_ptr_null(gt_model_predict(model, r.x, -1));
    gt_tensor_free(fewer);
    gt_tensor_free(none);
    gt_tensor_free(no_labels);
    gt_tensor_free(bytes);
    gt_tensor_free(truth);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

START_TEST(settings_of_fit_are_checked)
{
    rows r = noise(6, 3, 3);
    gt_model *model = classifier(1);
    ck_assert_int_eq(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.batch_size = -1}), GT_ERR_ARGUMENT);
    assert_message("batch_size is -1");
    ck_assert_int_eq(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.epochs = -1}), GT_ERR_ARGUMENT);
    assert_message("epochs is -1");
    ck_assert_int_eq(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.validation_x = r.x}), GT_ERR_ARGUMENT);
    assert_message("validation_y is NULL");
    assert_ok(gt_model_fit(model, r.x, r.y, &(gt_fit_options){.batch_size = 1000}));
    gt_model_free(model);
    free_rows(r);
}
END_TEST

START_TEST(a_label_out_of_range_fails_fit_and_the_model_can_be_used_on)
{
    rows r = noise(40, 3, 3);
    gt_model *model = classifier(1);
    ((int32_t *)gt_tensor_data_write(r.y))[39] = 7;
    ck_assert_int_eq(gt_model_fit(model, r.x, r.y, NULL), GT_ERR_VALUE);
    assert_message("7");
    ((int32_t *)gt_tensor_data_write(r.y))[39] = 2;
    assert_ok(gt_model_fit(model, r.x, r.y, NULL));
    gt_model_free(model);
    free_rows(r);
}
END_TEST

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
                                     TEST(a_short_last_batch_counts_by_its_samples),
                                     TEST(without_shuffling_rows_come_in_order),
                                     TEST(predict_gives_all_rows),
                                     TEST(an_epoch_has_as_many_steps_as_in_the_documents),
                                     TEST(one_seed_gives_one_result_for_any_number_of_threads),
                                     TEST(shuffling_shows_every_row_once_with_its_label_in_a_new_order_each_epoch),
                                     TEST(frozen_layers_stay_as_they_are),
                                     TEST(the_history_has_a_value_an_epoch_for_each_name),
                                     TEST(fit_prints_a_line_an_epoch),
                                     TEST(a_line_is_found),
                                     LOOP_TEST(xor_is_learned, 3),
                                     LOOP_TEST(steps_100_to_200_ask_the_system_for_no_memory, 2),
                                     TEST(any_allocation_may_fail),
                                     TEST(a_model_that_is_not_compiled_cannot_be_fitted),
                                     TEST(compiling_takes_the_optimizer_also_where_it_fails),
                                     TEST(compiling_again_replaces_the_optimizer),
                                     TEST(data_that_do_not_fit_are_named),
                                     TEST(settings_of_fit_are_checked),
                                     TEST(a_label_out_of_range_fails_fit_and_the_model_can_be_used_on),
                                     LOOP_TEST(losses_that_cannot_be_trained_by_say_why, 3),
                                     TEST(a_metric_that_does_not_fit_fails_the_step_before_it_changes_anything),
                                     END_OF_TESTS,
                                 });
}
