/* models/callback, early_stopping, model_checkpoint, csv_log: what fit calls, when, and what it does with the answer.
 */
#include "models/callback.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/saving.h"
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

/* ---- order ------------------------------------------------------------------------------------------------------ */

/* Notes each call as a letter with epoch and batch, and stops, or fails, at one of them. */
typedef struct noter {
    char text[512];
    const char *at;
    int code;
} noter;

static int note(gt_callback *callback, const gt_fit_event *event, char what)
{
    noter *self = gt_callback_state(callback);
    char entry[32];
    snprintf(entry, sizeof entry, "%c%d.%d", what, event->epoch, (int)event->batch);
    const size_t used = strlen(self->text);
    snprintf(self->text + used, sizeof self->text - used, "%s%s", used ? " " : "", entry);
    if (!self->at || strcmp(self->at, entry) != 0)
        return 0;
    return self->code < 0 ? (int)gt_fail((gt_status)self->code, "enough of this") : self->code;
}

static int on_train_begin(gt_callback *callback, const gt_fit_event *event)
{
    return note(callback, event, 'T');
}

static int on_epoch_begin(gt_callback *callback, const gt_fit_event *event)
{
    return note(callback, event, 'E');
}

static int on_batch_end(gt_callback *callback, const gt_fit_event *event)
{
    return note(callback, event, 'b');
}

static int on_epoch_end(gt_callback *callback, const gt_fit_event *event)
{
    return note(callback, event, 'e');
}

static int on_checkpoint(gt_callback *callback, const gt_fit_event *event)
{
    return note(callback, event, event->stopping ? 'C' : 'c');
}

static int on_train_end(gt_callback *callback, const gt_fit_event *event)
{
    return note(callback, event, 't');
}

static const gt_callback_class noter_class = {
    .type = "Noter",
    .state_size = sizeof(noter),
    .train_begin = on_train_begin,
    .epoch_begin = on_epoch_begin,
    .batch_end = on_batch_end,
    .epoch_end = on_epoch_end,
    .checkpoint = on_checkpoint,
    .train_end = on_train_end,
};

/* Fits two epochs of two batches; returns what was noted. */
static gt_status fit_noting(const char *at, int code, char text[512], int *stopped)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_callback_new(&noter_class);
    noter *self = gt_callback_state(callback);
    self->at = at;
    self->code = code;
    gt_status status =
        gt_model_fit(model, data.x, data.y,
                     &(gt_fit_options){.epochs = 2, .batch_size = 4, .callbacks = &callback, .callback_count = 1});
    strcpy(text, self->text);
    *stopped = gt_model_stopped(model);
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
    return status;
}

START_TEST(callbacks_are_called_in_order)
{
    char text[512];
    int stopped;
    assert_ok(fit_noting(NULL, 0, text, &stopped));
    ck_assert_str_eq(text, "T1.0 E1.0 b1.1 c1.1 b1.2 c1.2 e1.2 c1.2 E2.0 b2.1 c2.1 b2.2 c2.2 e2.2 c2.2 t2.2");
    ck_assert_int_eq(stopped, 0);
}
END_TEST

START_TEST(a_code_above_zero_stops_after_the_step)
{
    char text[512];
    int stopped;
    assert_ok(fit_noting("b1.1", 5, text, &stopped));
    ck_assert_str_eq(text, "T1.0 E1.0 b1.1 C1.1 t1.1");
    ck_assert_int_eq(stopped, 5);
    assert_ok(fit_noting("e1.2", 6, text, &stopped));
    ck_assert_str_eq(text, "T1.0 E1.0 b1.1 c1.1 b1.2 c1.2 e1.2 C1.2 t1.2");
    ck_assert_int_eq(stopped, 6);
    assert_ok(fit_noting("T1.0", 7, text, &stopped));
    ck_assert_str_eq(text, "T1.0 t1.0");
    ck_assert_int_eq(stopped, 7);
    assert_ok(fit_noting("E2.0", 8, text, &stopped));
    ck_assert_str_eq(text, "T1.0 E1.0 b1.1 c1.1 b1.2 c1.2 e1.2 c1.2 E2.0 t1.2");
    ck_assert_int_eq(stopped, 8);
}
END_TEST

START_TEST(a_status_makes_fit_fail_with_its_message)
{
    char text[512];
    int stopped;
    ck_assert_int_eq(fit_noting("b1.2", GT_ERR_VALUE, text, &stopped), GT_ERR_VALUE);
    assert_message("enough of this");
    ck_assert_str_eq(text, "T1.0 E1.0 b1.1 c1.1 b1.2");
}
END_TEST

/* ---- values ----------------------------------------------------------------------------------------------------- */

static int count_values(gt_callback *callback, const gt_fit_event *event)
{
    int *counts = gt_callback_state(callback);
    counts[event->batch == event->batches] += event->count;
    ck_assert(event->count == 0 || gt_fit_event_value(event, "loss") == event->value[0]);
    ck_assert(isnan(gt_fit_event_value(event, "none")) && isnan(gt_fit_event_value(event, NULL)));
    return 0;
}

static void assert_counts(const gt_callback_class *type, int within, int at_end)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_callback_new(type);
    assert_ok(gt_model_fit(model, data.x, data.y,
                           &(gt_fit_options){.batch_size = 4,
                                             .callbacks = &callback,
                                             .callback_count = 1,
                                             .validation_x = data.x,
                                             .validation_y = data.y}));
    const int *counts = gt_callback_state(callback);
    ck_assert_int_eq(counts[0], within);
    ck_assert_int_eq(counts[1], at_end);
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}

START_TEST(values_come_with_epochs_and_with_batches_where_wanted)
{
    const gt_callback_class epochs = {.type = "Epochs", .state_size = 2 * sizeof(int), .epoch_end = count_values};
    const gt_callback_class batches = {.type = "Batches", .state_size = 2 * sizeof(int), .batch_end = count_values};
    gt_callback_class wanting = batches;
    wanting.wants_values = true;
    assert_counts(&epochs, 0, 4); /* loss, accuracy, and both of the validation */
    assert_counts(&batches, 0, 0);
    assert_counts(&wanting, 2, 2);
    ck_assert(isnan(gt_fit_event_value(NULL, "loss")));
}
END_TEST

/* ---- early stopping --------------------------------------------------------------------------------------------- */

/* y = w x with x = 1 and w = 0: after a step of rate r to target 1, w = 2 r, and the loss before it is 1. Rates are
 * changed between epochs, so that losses go where a test wants them. */
typedef struct rates {
    const double *rate;
} rates;

static int set_rate(gt_callback *callback, const gt_fit_event *event)
{
    const rates *self = gt_callback_state(callback);
    return gt_optimizer_set_learning_rate(gt_model_optimizer(event->model), self->rate[event->epoch - 1]);
}

static const gt_callback_class rates_class = {.type = "Rates", .state_size = sizeof(rates), .epoch_begin = set_rate};

/* The error w - 1 is multiplied by 1 - 2 rate in each epoch: from -1, these rates make it -1/2, -1/4, 1/4, -1/2, 1. */
static const double turning[] = {0.25, 0.25, 1, 1.5, 1.5, 0, 0, 0};

static gt_model *fit_turning(gt_callback *second, int epochs, printed *lines)
{
    gt_model *model = gt_sequential(&(gt_model_options){.dtype = GT_FLOAT64});
    gt_model_add(model, gt_layer_input(GT_SHAPE(1)));
    gt_model_add(model, gt_layer_dense(1, &(gt_dense_options){.no_bias = true, .kernel_initializer = GT_INIT_ZERO}));
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = gt_sgd(NULL), .loss = gt_mean_squared_error}));
    const double one = 1;
    gt_tensor *x = numbers(GT_SHAPE(1, 1), &one), *y = numbers(GT_SHAPE(1, 1), &one);
    gt_callback *callbacks[] = {gt_callback_new(&rates_class), second};
    ((rates *)gt_callback_state(callbacks[0]))->rate = turning;
    assert_ok(gt_model_fit(model, x, y,
                           &(gt_fit_options){.epochs = epochs,
                                             .callbacks = callbacks,
                                             .callback_count = 2,
                                             .validation_x = x,
                                             .validation_y = y,
                                             .writer = lines ? print_into : NULL,
                                             .writer_context = lines}));
    gt_callback_free(callbacks[0]);
    gt_tensor_free(x);
    gt_tensor_free(y);
    return model;
}

static int epochs_of(const gt_model *model)
{
    int epochs;
    gt_model_history(model, "loss", &epochs);
    return epochs;
}

START_TEST(training_stops_when_patience_is_over)
{
    /* val_loss: 1/4, 1/16, 1/16, 1/4, 1: the best is epoch 2's, and a tie is no improvement. */
    gt_callback *callback = gt_early_stopping(&(gt_early_stopping_options){.patience = 2});
    gt_model *model = fit_turning(callback, 8, NULL);
    ck_assert_int_eq(epochs_of(model), 4);
    ck_assert_int_eq(gt_model_stopped(model), GT_STOPPED_EARLY);
    assert_near(weight_of(model, 0), 0.5, 1e-15);
    gt_model_free(model);
    gt_callback_free(callback);
}
END_TEST

START_TEST(best_weights_come_back_with_keras_messages)
{
    printed lines = {0};
    gt_callback *callback =
        gt_early_stopping(&(gt_early_stopping_options){.patience = 3, .restore_best_weights = true, .verbose = true});
    gt_model *model = fit_turning(callback, 8, &lines);
    ck_assert_int_eq(epochs_of(model), 5);
    assert_near(weight_of(model, 0), 0.75, 1e-15);
    ck_assert_contains(lines.text, "Restoring model weights from the end of the best epoch: 2.\n"
                                   "Epoch 5: early stopping\n");
    gt_model_free(model);
    /* A callback begins anew with each fit. */
    gt_model_free(fit_turning(callback, 2, NULL));
    gt_callback_free(callback);
}
END_TEST

START_TEST(small_changes_do_not_count)
{
    /* From 1/4 to 1/16 is less than 0.2. */
    gt_callback *callback = gt_early_stopping(&(gt_early_stopping_options){.patience = 2, .min_delta = 0.2});
    gt_model *model = fit_turning(callback, 8, NULL);
    ck_assert_int_eq(epochs_of(model), 3);
    gt_model_free(model);
    gt_callback_free(callback);
}
END_TEST

START_TEST(greater_can_be_better)
{
    gt_callback *callback =
        gt_early_stopping(&(gt_early_stopping_options){.monitor = "loss", .maximize = true, .patience = 1});
    gt_model *model = fit_turning(callback, 8, NULL); /* loss: 1, 1/4 */
    ck_assert_int_eq(epochs_of(model), 2);
    gt_model_free(model);
    gt_callback_free(callback);
}
END_TEST

START_TEST(a_value_that_fit_has_not_is_an_error)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_early_stopping(NULL);
    ck_assert_int_eq(
        gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callbacks = &callback, .callback_count = 1}),
        GT_ERR_ARGUMENT);
    assert_message("gt_early_stopping: there is no value 'val_loss': fit has loss, accuracy");
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}
END_TEST

/* ---- checkpoints ------------------------------------------------------------------------------------------------ */

#ifdef GT_HAVE_JANSSON

START_TEST(every_epoch_is_saved_under_its_own_name)
{
    printed lines = {0};
    char pattern[256];
    snprintf(pattern, sizeof pattern, "%s", scratch_path("m-{epoch:03d}-{val_loss:.2f}-{loss:07.3f}"));
    gt_callback *callback =
        gt_model_checkpoint(pattern, &(gt_model_checkpoint_options){.saved = GT_SAVED_MODEL, .verbose = true});
    gt_model_free(fit_turning(callback, 2, &lines));
    ck_assert_int_eq(scratch_count(), 2);
    gt_model *model = gt_model_load(scratch_path("m-002-0.06-000.250"));
    ck_assert_msg(model != NULL, "%s", gt_last_error());
    assert_near(weight_of(model, 0), 0.75, 1e-15);
    ck_assert_contains(lines.text, "Epoch 1: saving model to /tmp/");
    ck_assert_contains(lines.text, "/m-001-0.25-001.000\n");
    gt_model_free(model);
    gt_callback_free(callback);
}
END_TEST

START_TEST(only_the_best_is_saved_where_asked)
{
    printed lines = {0};
    gt_callback *callback = gt_model_checkpoint(
        scratch_path("best"),
        &(gt_model_checkpoint_options){.saved = GT_SAVED_WEIGHTS, .best_only = true, .verbose = true});
    gt_model *model = fit_turning(callback, 5, &lines);
    ck_assert_contains(lines.text, "Epoch 1: val_loss improved from inf to 0.25000, saving model to /tmp/");
    ck_assert_contains(lines.text, "Epoch 2: val_loss improved from 0.25000 to 0.06250, saving model to /tmp/");
    ck_assert_contains(lines.text, "Epoch 3: val_loss did not improve from 0.06250\n");
    assert_ok(gt_weights_load(model, scratch_path("best"), NULL, NULL));
    assert_near(weight_of(model, 0), 0.75, 1e-15);
    gt_model_free(model);
    gt_callback_free(callback);
}
END_TEST

START_TEST(batches_are_saved_every_so_many)
{
    const rows data = noise(20, 5, 3);
    gt_model *model = classifier(1);
    char pattern[256];
    snprintf(pattern, sizeof pattern, "%s", scratch_path("m-{epoch}-{loss}"));
    gt_callback *callback = gt_model_checkpoint(pattern, &(gt_model_checkpoint_options){.every = 2});
    assert_ok(gt_model_fit(model, data.x, data.y,
                           &(gt_fit_options){.batch_size = 4, .callbacks = &callback, .callback_count = 1}));
    ck_assert_int_eq(scratch_count(), 2); /* batches 2 and 4, without a value yet, and the epoch */
    ck_assert_int_eq(access(scratch_path("m-1-nan"), R_OK), 0);
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}
END_TEST

START_TEST(a_checkpoint_that_cannot_be_written_makes_fit_fail)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_model_checkpoint(scratch_path("none/file"), NULL);
    ck_assert_int_eq(
        gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callbacks = &callback, .callback_count = 1}), GT_ERR_IO);
    assert_message("none/file");
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}
END_TEST

#endif

/* ---- the log ---------------------------------------------------------------------------------------------------- */

START_TEST(the_log_has_a_line_an_epoch)
{
    gt_callback *callback = gt_csv_log(scratch_path("log.csv"));
    scratch_write(scratch_path("log.csv"), "old\n", 4);
    gt_model_free(fit_turning(callback, 2, NULL));
    size_t length;
    char *text = scratch_read(scratch_path("log.csv"), &length);
    ck_assert_str_eq(text, "epoch,loss,val_loss\n1,1,0.25\n2,0.25,0.0625\n");
    free(text);
    gt_callback_free(callback);
}
END_TEST

START_TEST(a_log_that_cannot_be_written_makes_fit_fail)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    gt_callback *callback = gt_csv_log(scratch_path("none/log.csv"));
    ck_assert_int_eq(
        gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callbacks = &callback, .callback_count = 1}), GT_ERR_IO);
    gt_callback_free(callback);
    callback = gt_csv_log("/dev/full");
    ck_assert_int_eq(
        gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callbacks = &callback, .callback_count = 1}), GT_ERR_IO);
    assert_message("/dev/full: No space left on device");
    gt_callback_free(callback);
    gt_model_free(model);
    free_rows(data);
}
END_TEST

/* ---- bad settings ----------------------------------------------------------------------------------------------- */

START_TEST(bad_settings_are_errors)
{
    const rows data = noise(8, 5, 3);
    gt_model *model = classifier(1);
    char longest[200];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    ck_assert_ptr_null(gt_callback_new(NULL));
    ck_assert_ptr_null(gt_callback_new(&(gt_callback_class){.type = ""}));
    ck_assert_ptr_null(gt_early_stopping(&(gt_early_stopping_options){.patience = -1}));
    ck_assert_ptr_null(gt_early_stopping(&(gt_early_stopping_options){.monitor = longest}));
    ck_assert_ptr_null(gt_csv_log(NULL));
    ck_assert_ptr_null(gt_csv_log(""));
    ck_assert_ptr_null(gt_model_checkpoint(NULL, NULL));
    ck_assert_ptr_null(gt_model_checkpoint("", NULL));
    ck_assert_ptr_null(gt_model_checkpoint("x", &(gt_model_checkpoint_options){.every = -1}));
    ck_assert_ptr_null(gt_model_checkpoint("x", &(gt_model_checkpoint_options){.saved = (gt_saved)9}));
    static const char *const patterns[] = {"{",          "a{}",        "{epoch", "{epoch:}x{",
                                           "{epoch:%n}", "{loss:.2x}", "{a{b}}", "{loss:99d}"};
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        ck_assert_msg(gt_model_checkpoint(patterns[i], NULL) == NULL, "%s", patterns[i]);
    gt_callback *none = gt_csv_log(NULL);
    ck_assert_int_eq(gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callbacks = &none, .callback_count = 1}),
                     GT_ERR_ARGUMENT);
    assert_message("gt_model_fit: callback 0 is NULL: gt_csv_log: the path is NULL");
    ck_assert_int_eq(gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callback_count = 1}), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_model_fit(model, data.x, data.y, &(gt_fit_options){.callback_count = -1}), GT_ERR_ARGUMENT);
    gt_callback_free(NULL);
    ck_assert_ptr_null(gt_callback_state(NULL));
    gt_model_free(model);
    free_rows(data);
}
END_TEST

int main(void)
{
    return run_suite_with(
        "callbacks", scratch_make, scratch_remove,
        (const suite_test[]){
            TEST(callbacks_are_called_in_order), TEST(a_code_above_zero_stops_after_the_step),
            TEST(a_status_makes_fit_fail_with_its_message), TEST(values_come_with_epochs_and_with_batches_where_wanted),
            TEST(training_stops_when_patience_is_over), TEST(best_weights_come_back_with_keras_messages),
            TEST(small_changes_do_not_count), TEST(greater_can_be_better), TEST(a_value_that_fit_has_not_is_an_error),
#ifdef GT_HAVE_JANSSON
            TEST(every_epoch_is_saved_under_its_own_name), TEST(only_the_best_is_saved_where_asked),
            TEST(batches_are_saved_every_so_many), TEST(a_checkpoint_that_cannot_be_written_makes_fit_fail),
#endif
            TEST(the_log_has_a_line_an_epoch), TEST(a_log_that_cannot_be_written_makes_fit_fail),
            TEST(bad_settings_are_errors), END_OF_TESTS});
}
