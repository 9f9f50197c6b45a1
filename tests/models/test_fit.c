/* models/training: compile and fit: batches and their order, weighting, history, progress, and what is refused. */
#include <stdio.h>
#include <string.h>

#include "tests/support/models.h"
#include "tests/support/npy.h"
#include "tests/support/suite.h"

/* ---- batches ----------------------------------------------------------------------------------------------------- */

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

/* ---- what is kept and printed ------------------------------------------------------------------------------------ */

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

static char written[8192];

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

START_TEST(a_failure_leaves_the_terminal_at_the_start_of_a_line)
{
    rows r = noise(40, 3, 3);
    gt_model *model = classifier(1);
    ((int32_t *)gt_tensor_data_write(r.y))[39] = 7;
    written[0] = '\0';
    const gt_fit_options options = {.no_shuffle = true, .writer = keep, .terminal = true};
    ck_assert_int_eq(gt_model_fit(model, r.x, r.y, &options), GT_ERR_VALUE);
    const size_t length = strlen(written);
    ck_assert_msg(strstr(written, "1/2 [==") && written[length - 1] == '\n', "'%s'", written);
    gt_model_free(model);
    free_rows(r);
}
END_TEST

/* ---- errors ------------------------------------------------------------------------------------------------------ */

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
    gt_tensor *long_x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(INT64_C(1) << 32, 0));
    ck_assert_int_eq(gt_model_fit(model, long_x, long_x, NULL), GT_ERR_SHAPE);
    assert_message("gt_model_fit: x (4294967296, 0) has more than 2147483647 rows");
    gt_tensor_free(long_x);
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

int main(void)
{
    return run_suite("fit", (const suite_test[]){
                                TEST(an_epoch_has_as_many_steps_as_in_the_documents),
                                TEST(a_short_last_batch_counts_by_its_samples),
                                TEST(without_shuffling_rows_come_in_order),
                                TEST(shuffling_shows_every_row_once_with_its_label_in_a_new_order_each_epoch),
                                TEST(the_history_has_a_value_an_epoch_for_each_name),
                                TEST(fit_prints_a_line_an_epoch),
                                TEST(a_failure_leaves_the_terminal_at_the_start_of_a_line),
                                TEST(a_model_that_is_not_compiled_cannot_be_fitted),
                                TEST(compiling_takes_the_optimizer_also_where_it_fails),
                                TEST(compiling_again_replaces_the_optimizer),
                                TEST(data_that_do_not_fit_are_named),
                                TEST(settings_of_fit_are_checked),
                                TEST(a_label_out_of_range_fails_fit_and_the_model_can_be_used_on),
                                END_OF_TESTS,
                            });
}
