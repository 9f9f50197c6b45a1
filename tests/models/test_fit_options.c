/* models/fit_data, sample_losses, step: weights of samples and classes, validation splits, micro-batches, schedules. */
#include <math.h>
#include <string.h>

#include "tests/support/models.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- validation ------------------------------------------------------------------------------------------------- */

START_TEST(the_last_rows_are_for_validation)
{
    /* y = x, w = b = 0 and rate 0: the loss is the mean of x^2. Keras keeps int(5 (1 - 0.3)) = 3 rows to train on. */
    const double values[] = {1, 2, 3, 10, 20};
    gt_tensor *x = numbers(GT_SHAPE(5, 1), values);
    gt_model *model = line(0, 0, 1e-300);
    assert_ok(gt_model_fit(model, x, x, &(gt_fit_options){.validation_split = 0.3}));
    int epochs;
    assert_near(gt_model_history(model, "loss", &epochs)[0], 14.0 / 3, 1e-15);
    assert_near(gt_model_history(model, "val_loss", &epochs)[0], 250, 1e-12);
    gt_model_free(model);
    gt_tensor_free(x);
}
END_TEST

/* ---- weights ---------------------------------------------------------------------------------------------------- */

static const gt_activation activations[] = {GT_LINEAR, GT_LINEAR, GT_SOFTMAX, GT_LINEAR, GT_SIGMOID};
static gt_loss *const losses[] = {gt_mean_squared_error, gt_softmax_cross_entropy, gt_categorical_crossentropy,
                                  gt_sigmoid_cross_entropy, gt_binary_crossentropy};
enum { LOSSES = 5, FEATURES = 3, CLASSES = 4, SAMPLES = 6 };

static gt_model *one_layer(int loss)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64, .seed = 3});
    gt_model_add(model, gt_layer_input(GT_SHAPE(FEATURES)));
    gt_model_add(model, gt_layer_dense(CLASSES, &(gt_dense_options){.activation = activations[loss]}));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_sgd(NULL), .loss = losses[loss]}));
    return model;
}

static gt_tensor *random_rows(int64_t width, uint64_t seed)
{
    gt_tensor *x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(SAMPLES, width));
    gt_random random = gt_random_new(seed, 0);
    assert_ok(gt_random_normal(&random, GT_FLOAT64, SAMPLES * width, 0, 1, gt_tensor_data_write(x)));
    return x;
}

static gt_tensor *one_hot_rows(void)
{
    gt_tensor *y = gt_tensor_new(GT_FLOAT64, GT_SHAPE(SAMPLES, CLASSES));
    double *values = gt_tensor_data_write(y);
    for (int i = 0; i < SAMPLES; i++)
        values[i * CLASSES + i % CLASSES] = 1;
    return y;
}

static void assert_same(const gt_model *a, const gt_model *b, double tolerance)
{
    for (int i = 0; i < 2; i++)
        for (int64_t j = 0; j < gt_tensor_size(gt_model_weight(a, i)); j++)
            assert_near(gt_tensor_at(gt_model_weight(a, i), j), gt_tensor_at(gt_model_weight(b, i), j), tolerance);
}

START_TEST(weights_of_one_change_nothing)
{
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows(), *ones = VECTOR(1, 1, 1, 1, 1, 1);
    gt_model *plain = one_layer(_i), *weighted = one_layer(_i);
    int epochs;
    gt_fit_options options = {.epochs = 3, .batch_size = 4};
    assert_ok(gt_model_fit(plain, x, y, &options));
    options.sample_weight = ones;
    assert_ok(gt_model_fit(weighted, x, y, &options));
    assert_same(plain, weighted, 1e-14);
    for (int i = 0; i < 3; i++)
        assert_near(gt_model_history(plain, "loss", &epochs)[i], gt_model_history(weighted, "loss", &epochs)[i], 1e-14);
    gt_model_free(plain);
    gt_model_free(weighted);
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_tensor_free(ones);
}
END_TEST

START_TEST(a_weight_of_two_is_the_sample_twice)
{
    /* Rows 0 and 1 twice, of 6 + 2 rows, is rows 0 and 1 with weight 2 of 6 rows, but for the mean: 6 / 8. */
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows();
    gt_tensor *weight = VECTOR(2, 2, 1, 1, 1, 1);
    gt_tensor *more_x = gt_tensor_new(GT_FLOAT64, GT_SHAPE(8, FEATURES));
    gt_tensor *more_y = gt_tensor_new(GT_FLOAT64, GT_SHAPE(8, CLASSES));
    memcpy(gt_tensor_data_write(more_x), gt_tensor_data(x), SAMPLES * FEATURES * sizeof(double));
    memcpy((double *)gt_tensor_data_write(more_x) + SAMPLES * FEATURES, gt_tensor_data(x),
           2 * FEATURES * sizeof(double));
    memcpy(gt_tensor_data_write(more_y), gt_tensor_data(y), SAMPLES * CLASSES * sizeof(double));
    memcpy((double *)gt_tensor_data_write(more_y) + SAMPLES * CLASSES, gt_tensor_data(y), 2 * CLASSES * sizeof(double));
    gt_model *twice = one_layer(_i), *weighted = one_layer(_i);
    int epochs;
    assert_ok(gt_optimizer_set_learning_rate(gt_model_optimizer(twice), 0.1 * 8 / 6));
    assert_ok(gt_optimizer_set_learning_rate(gt_model_optimizer(weighted), 0.1));
    assert_ok(gt_model_fit(twice, more_x, more_y, &(gt_fit_options){.batch_size = 8}));
    assert_ok(gt_model_fit(weighted, x, y, &(gt_fit_options){.batch_size = 8, .sample_weight = weight}));
    assert_same(twice, weighted, 1e-14);
    assert_near(gt_model_history(weighted, "loss", &epochs)[0], gt_model_history(twice, "loss", &epochs)[0] * 8 / 6,
                1e-14);
    gt_tensor *const all[] = {x, y, weight, more_x, more_y};
    for (int i = 0; i < 5; i++)
        gt_tensor_free(all[i]);
    gt_model_free(twice);
    gt_model_free(weighted);
}
END_TEST

START_TEST(class_weights_are_weights_of_their_samples)
{
    const double by_class[CLASSES] = {0.5, 1, 2, 3};
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows();
    gt_tensor *numbers_y = gt_tensor_from(GT_INT32, GT_SHAPE(SAMPLES), (const int32_t[]){0, 1, 2, 3, 0, 1});
    gt_tensor *weight = VECTOR(0.5, 1, 2, 3, 0.5, 1), *twice = VECTOR(2, 2, 2, 2, 2, 2);
    gt_tensor *both = VECTOR(1, 2, 4, 6, 1, 2);
    gt_model *model[4] = {one_layer(1), one_layer(1), one_layer(1), one_layer(1)};
    const gt_fit_options by_sample = {.sample_weight = weight}, product = {.sample_weight = both};
    const gt_fit_options classes = {.class_weight = by_class, .classes = CLASSES};
    const gt_fit_options mixed = {.class_weight = by_class, .classes = CLASSES, .sample_weight = twice};
    assert_ok(gt_model_fit(model[0], x, y, &by_sample));
    assert_ok(gt_model_fit(model[1], x, y, &classes));
    assert_same(model[0], model[1], 0);
    assert_ok(gt_model_fit(model[2], x, numbers_y, &mixed));
    assert_ok(gt_model_fit(model[3], x, y, &product));
    assert_same(model[2], model[3], 1e-15);
    gt_tensor *const all[] = {x, y, numbers_y, weight, twice, both};
    for (int i = 0; i < 6; i++)
        gt_tensor_free(all[i]);
    for (int i = 0; i < 4; i++)
        gt_model_free(model[i]);
}
END_TEST

static gt_tensor *own_loss(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    return gt_mean(tape, gt_abs(tape, gt_sub(tape, prediction, target)), NULL);
}

static gt_tensor *own_sample_loss(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    return gt_mean(tape, gt_abs(tape, gt_sub(tape, prediction, target)), &(gt_axes){.count = 1, .axis = {1}});
}

START_TEST(a_loss_of_ones_own_needs_its_form_for_samples)
{
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows(), *weight = VECTOR(0, 0, 0, 0, 0, 6);
    gt_model *model = one_layer(0), *last = one_layer(0);
    const gt_fit_options options = {.sample_weight = weight};
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_sgd(NULL), .loss = own_loss}));
    ck_assert_int_eq(gt_model_fit(model, x, y, &options), GT_ERR_STATE);
    assert_message("gt_compile_options.sample_loss");
    const gt_compile_options with = {.optimizer = gt_sgd(NULL), .loss = own_loss, .sample_loss = own_sample_loss};
    assert_ok(gt_model_compile(model, &with));
    assert_ok(gt_model_fit(model, x, y, &options));
    /* Six times the last sample and nothing of the others is the last sample alone. */
    assert_ok(gt_model_compile(last, &(gt_compile_options){.optimizer = gt_sgd(NULL), .loss = own_loss}));
    gt_tensor *last_x = gt_tensor_rows(x, 5, 1), *last_y = gt_tensor_rows(y, 5, 1);
    assert_ok(gt_model_fit(last, last_x, last_y, NULL));
    assert_same(model, last, 1e-15);
    gt_tensor *const all[] = {x, y, weight, last_x, last_y};
    for (int i = 0; i < 5; i++)
        gt_tensor_free(all[i]);
    gt_model_free(model);
    gt_model_free(last);
}
END_TEST

static gt_status look_at_weights(gt_model *model, gt_tensor *x, gt_tensor *y, bool training, gt_step_result *result)
{
    const gt_tensor *weights = gt_model_sample_weights(model);
    ck_assert(training);
    ck_assert_values(weights, 1, 2, 3, 4, 5, 6);
    return gt_model_batch_step(model, x, y, training, result);
}

START_TEST(a_step_of_ones_own_sees_the_weights)
{
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows(), *weight = VECTOR(1, 2, 3, 4, 5, 6);
    gt_model *model = one_layer(0);
    const gt_compile_options compile = {
        .optimizer = gt_sgd(NULL), .loss = gt_mean_squared_error, .batch_step = look_at_weights};
    assert_ok(gt_model_compile(model, &compile));
    assert_ok(gt_model_fit(model, x, y, &(gt_fit_options){.no_shuffle = true, .sample_weight = weight}));
    ck_assert_ptr_null(gt_model_sample_weights(model));
    ck_assert_ptr_null(gt_model_sample_weights(NULL));
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_tensor_free(weight);
    gt_model_free(model);
}
END_TEST

/* ---- micro-batches ---------------------------------------------------------------------------------------------- */

START_TEST(parts_of_a_batch_sum_up_to_it)
{
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows(), *weight = VECTOR(1, 2, 3, 4, 5, 6);
    for (int64_t size = 1; size <= 8; size++) {
        gt_model *whole = one_layer(_i), *parts = one_layer(_i);
        int epochs;
        gt_fit_options options = {.epochs = 2, .batch_size = 5, .sample_weight = weight};
        assert_ok(gt_model_fit(whole, x, y, &options));
        options.micro_batch = size;
        assert_ok(gt_model_fit(parts, x, y, &options));
        assert_same(whole, parts, 1e-14);
        assert_near(gt_model_history(whole, "loss", &epochs)[1], gt_model_history(parts, "loss", &epochs)[1], 1e-14);
        ck_assert_int_eq(gt_optimizer_steps(gt_model_optimizer(parts)), 4);
        gt_model_free(whole);
        gt_model_free(parts);
    }
    gt_tensor_free(x);
    gt_tensor_free(y);
    gt_tensor_free(weight);
}
END_TEST

/* ---- schedules -------------------------------------------------------------------------------------------------- */

START_TEST(the_rate_follows_the_schedule)
{
    /* Three steps on y = w x, x = 1, target 1, w = 0: the error is multiplied by 1 - 2 rate. */
    const double one = 1;
    gt_tensor *x = numbers(GT_SHAPE(1, 1), &one);
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64});
    gt_model_add(model, gt_layer_dense(1, &(gt_dense_options){.no_bias = true, .kernel_initializer = GT_INIT_ZERO}));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_sgd(NULL), .loss = gt_mean_squared_error}));
    const gt_schedule schedule = {.decay = GT_DECAY_STEP, .learning_rate = 0.25, .decay_steps = 2, .factor = 0.5};
    assert_ok(gt_model_fit(model, x, x, &(gt_fit_options){.epochs = 3, .schedule = &schedule}));
    assert_near(weight_of(model, 0), 1 - 0.5 * 0.5 * 0.75, 1e-15);
    ck_assert(gt_optimizer_learning_rate(gt_model_optimizer(model)) == 0.125);
    gt_model_free(model);
    gt_tensor_free(x);
}
END_TEST

/* ---- bad settings ----------------------------------------------------------------------------------------------- */

static void refuse(gt_model *model, const gt_tensor *x, const gt_tensor *y, gt_fit_options options, gt_status status,
                   const char *message)
{
    ck_assert_int_eq(gt_model_fit(model, x, y, &options), status);
    assert_message(message);
}

START_TEST(bad_settings_are_errors)
{
    gt_tensor *x = random_rows(FEATURES, 1), *y = one_hot_rows(), *few = VECTOR(1, 2);
    gt_tensor *narrow = gt_tensor_new(GT_FLOAT32, GT_SHAPE(SAMPLES));
    const double two[] = {1, 2};
    const gt_schedule wrong = {.decay = GT_DECAY_STEP};
    gt_model *model = one_layer(0);
    refuse(model, x, y, (gt_fit_options){.validation_split = 1}, GT_ERR_ARGUMENT, "validation_split is 1");
    refuse(model, x, y, (gt_fit_options){.validation_split = -0.1}, GT_ERR_ARGUMENT, "validation_split is -0.1");
    refuse(model, x, y, (gt_fit_options){.validation_split = (double)NAN}, GT_ERR_ARGUMENT, "validation_split");
    refuse(model, x, y, (gt_fit_options){.validation_split = 0.9}, GT_ERR_ARGUMENT, "leaves no row of 6");
    refuse(model, x, y, (gt_fit_options){.validation_split = 0.5, .validation_x = x, .validation_y = y},
           GT_ERR_ARGUMENT, "validation data and a validation_split");
    refuse(model, x, y, (gt_fit_options){.sample_weight = few}, GT_ERR_SHAPE,
           "sample_weight is (2,), (6,) is expected");
    refuse(model, x, y, (gt_fit_options){.sample_weight = narrow}, GT_ERR_DTYPE, "sample_weight is float32");
    refuse(model, x, y, (gt_fit_options){.class_weight = two, .classes = 2}, GT_ERR_VALUE,
           "row 2 is of class 2, class_weight has 2");
    refuse(model, x, y, (gt_fit_options){.class_weight = two}, GT_ERR_ARGUMENT, "class_weight for 0 classes");
    refuse(model, x, y, (gt_fit_options){.micro_batch = -1}, GT_ERR_ARGUMENT, "micro_batch is -1");
    refuse(model, x, y, (gt_fit_options){.schedule = &wrong}, GT_ERR_ARGUMENT, "decay_steps");
    gt_tensor *const all[] = {x, y, few, narrow};
    for (int i = 0; i < 4; i++)
        gt_tensor_free(all[i]);
    gt_model_free(model);
}
END_TEST

int main(void)
{
    return run_suite("fit_options",
                     (const suite_test[]){
                         TEST(the_last_rows_are_for_validation), LOOP_TEST(weights_of_one_change_nothing, LOSSES),
                         LOOP_TEST(a_weight_of_two_is_the_sample_twice, LOSSES),
                         TEST(class_weights_are_weights_of_their_samples),
                         TEST(a_loss_of_ones_own_needs_its_form_for_samples), TEST(a_step_of_ones_own_sees_the_weights),
                         LOOP_TEST(parts_of_a_batch_sum_up_to_it, LOSSES), TEST(the_rate_follows_the_schedule),
                         TEST(bad_settings_are_errors), END_OF_TESTS});
}
