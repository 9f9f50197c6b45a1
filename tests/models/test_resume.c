/* models/training_file and training_resume: a run that was stopped anywhere and goes on ends as one that never was. */
#include <string.h>

#include "models/saving.h"
#include "tests/support/models.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

#ifdef GT_HAVE_JANSSON

enum { ROWS = 50, BATCH = 16, EPOCHS = 4, STEPS = 4 * EPOCHS }; /* the last batch of an epoch is short */

/* Stops behind a number of batches. */
typedef struct stopper {
    int64_t left;
} stopper;

static int count_down(gt_callback *callback, const gt_fit_event *event)
{
    (void)event;
    stopper *self = gt_callback_state(callback);
    return --self->left == 0 ? 130 : 0;
}

static const gt_callback_class stopper_class = {
    .type = "Stopper", .state_size = sizeof(stopper), .batch_end = count_down};

static gt_callback *stop_after(int64_t batches)
{
    gt_callback *callback = gt_callback_new(&stopper_class);
    ((stopper *)gt_callback_state(callback))->left = batches;
    return callback;
}

/* Everything that has a state: dropout, moving averages, Adam, shuffling, early stopping with its weights, a log. */
typedef struct training {
    gt_model *model;
    gt_callback *callbacks[4];
    gt_fit_options options;
} training;

static const gt_schedule schedule = {
    .decay = GT_DECAY_COSINE, .learning_rate = 0.01, .decay_steps = STEPS, .warm_up_steps = 3};

static training begin(uint64_t seed, int64_t stop, const char *log, const rows *validation)
{
    training t = {.model = classifier(seed)};
    t.callbacks[0] = stop_after(stop);
    t.callbacks[1] = gt_early_stopping(&(gt_early_stopping_options){.patience = 3, .restore_best_weights = true});
    t.callbacks[2] = gt_csv_log(log);
    t.callbacks[3] = gt_model_checkpoint(scratch_path("training"), NULL);
    t.options = (gt_fit_options){.epochs = EPOCHS,
                                 .batch_size = BATCH,
                                 .schedule = &schedule,
                                 .validation_x = validation->x,
                                 .validation_y = validation->y,
                                 .callback_count = 4};
    return t;
}

static void run(training *t, const rows *data)
{
    t->options.callbacks = t->callbacks;
    assert_ok(gt_model_fit(t->model, data->x, data->y, &t->options));
}

static void end(training *t)
{
    gt_model_free(t->model);
    for (int i = 0; i < 4; i++)
        gt_callback_free(t->callbacks[i]);
}

static void assert_same_history(const gt_model *a, const gt_model *b)
{
    ck_assert_int_eq(gt_model_history_count(a), 4);
    for (int i = 0; i < 4; i++) {
        int epochs, others;
        const double *values = gt_model_history(a, gt_model_history_name(a, i), &epochs);
        const double *other = gt_model_history(b, gt_model_history_name(a, i), &others);
        ck_assert_int_eq(epochs, others);
        ck_assert_int_eq(epochs, EPOCHS);
        ck_assert_mem_eq(values, other, (size_t)epochs * sizeof *values);
    }
}

static void assert_same_weights(const gt_model *a, const gt_model *b)
{
    size_t bytes, others;
    float *values = all_weights(a, &bytes), *other = all_weights(b, &others);
    ck_assert_uint_eq(bytes, others);
    ck_assert_mem_eq(values, other, bytes);
    free(values);
    free(other);
}

static void assert_same_files(const char *a, const char *b)
{
    size_t length, others;
    char *text = scratch_read(a, &length), *other = scratch_read(b, &others);
    ck_assert_str_eq(text, other);
    free(text);
    free(other);
}

START_TEST(a_run_stopped_anywhere_goes_on_to_the_same_bits)
{
    const rows data = noise(ROWS, 5, 3), validation = noise(20, 5, 3);
    training whole = begin(1, -1, scratch_path("whole.csv"), &validation);
    run(&whole, &data);
    ck_assert_int_eq(gt_model_stopped(whole.model), 0);
    training first = begin(1, _i + 1, scratch_path("parts.csv"), &validation);
    run(&first, &data);
    ck_assert_int_eq(gt_model_stopped(first.model), 130);
    end(&first);
    /* Another seed: weights and streams are all the file's. */
    training second = begin(99, -1, scratch_path("parts.csv"), &validation);
    second.options.resume = scratch_path("training");
    run(&second, &data);
    assert_same_weights(whole.model, second.model);
    assert_same_history(whole.model, second.model);
    assert_same_files(scratch_path("whole.csv"), scratch_path("parts.csv"));
    ck_assert_int_eq(gt_optimizer_steps(gt_model_optimizer(second.model)), STEPS);
    end(&whole);
    end(&second);
    free_rows(data);
    free_rows(validation);
}
END_TEST

START_TEST(a_run_goes_on_in_parts_of_a_batch_too)
{
    const rows data = noise(ROWS, 5, 3), validation = noise(20, 5, 3);
    training whole = begin(1, -1, scratch_path("log"), &validation);
    whole.options.micro_batch = 5;
    run(&whole, &data);
    training first = begin(1, 6, scratch_path("log"), &validation);
    first.options.micro_batch = 5;
    run(&first, &data);
    training second = begin(2, -1, scratch_path("log"), &validation);
    second.options.micro_batch = 5;
    second.options.resume = scratch_path("training");
    run(&second, &data);
    assert_same_weights(whole.model, second.model);
    end(&whole);
    end(&first);
    end(&second);
    free_rows(data);
    free_rows(validation);
}
END_TEST

START_TEST(more_epochs_go_on_behind_the_last)
{
    const rows data = noise(ROWS, 5, 3), validation = noise(20, 5, 3);
    training whole = begin(1, -1, scratch_path("log"), &validation);
    run(&whole, &data);
    training first = begin(1, -1, scratch_path("log"), &validation);
    first.options.epochs = 2;
    run(&first, &data);
    training second = begin(2, -1, scratch_path("log"), &validation);
    second.options.resume = scratch_path("training");
    run(&second, &data);
    assert_same_weights(whole.model, second.model);
    end(&whole);
    end(&first);
    end(&second);
    free_rows(data);
    free_rows(validation);
}
END_TEST

START_TEST(a_run_that_stopped_early_stays_stopped)
{
    const rows data = noise(ROWS, 5, 3);
    for (int round = 0; round < 2; round++) {
        gt_model *model = classifier(1);
        /* A delta that no change reaches: epoch 1 is the best, and epoch 3 the end. */
        gt_callback *callbacks[] = {
            gt_early_stopping(&(gt_early_stopping_options){
                .monitor = "loss", .min_delta = 1000, .patience = 2, .restore_best_weights = true}),
            gt_model_checkpoint(scratch_path("training"), NULL)};
        const gt_fit_options options = {.epochs = 10,
                                        .callbacks = callbacks,
                                        .callback_count = 2,
                                        .resume = round ? scratch_path("training") : NULL};
        int epochs;
        assert_ok(gt_model_fit(model, data.x, data.y, &options));
        ck_assert_int_eq(gt_model_stopped(model), GT_STOPPED_EARLY);
        gt_model_history(model, "loss", &epochs);
        ck_assert_int_eq(epochs, 3);
        assert_ok(round ? GT_OK : gt_weights_save(model, scratch_path("best")));
        gt_model *best = classifier(5);
        assert_ok(gt_model_build(best, GT_SHAPE(5)));
        assert_ok(gt_weights_load(best, scratch_path("best"), NULL, NULL));
        assert_same_weights(model, best);
        gt_model_free(best);
        gt_model_free(model);
        gt_callback_free(callbacks[0]);
        gt_callback_free(callbacks[1]);
    }
    free_rows(data);
}
END_TEST

/* ---- loops of one's own ----------------------------------------------------------------------------------------- */

static void steps(gt_model *model, const rows *data, int count)
{
    gt_step_result result;
    for (int i = 0; i < count; i++)
        assert_ok(gt_model_batch_step(model, data->x, data->y, true, &result));
}

START_TEST(a_loop_of_ones_own_goes_on_from_what_it_saved)
{
    const rows data = noise(12, 5, 3);
    gt_model *whole = classifier(1), *part = classifier(2);
    steps(whole, &data, 3);
    assert_ok(gt_training_save(whole, scratch_path("training")));
    steps(whole, &data, 4);
    assert_ok(gt_model_build(part, GT_SHAPE(5)));
    assert_ok(gt_training_load(part, scratch_path("training")));
    ck_assert_int_eq(gt_optimizer_steps(gt_model_optimizer(part)), 3);
    gt_model *loaded = gt_model_load(scratch_path("training"));
    ck_assert_msg(loaded != NULL, "%s", gt_last_error());
    assert_same_weights(loaded, part);
    assert_ok(gt_weights_load(loaded, scratch_path("training"), NULL, NULL));
    gt_model_free(loaded);
    steps(part, &data, 4);
    assert_same_weights(whole, part);
    gt_model_free(whole);
    gt_model_free(part);
    free_rows(data);
}
END_TEST

/* ---- what does not fit ------------------------------------------------------------------------------------------ */

static void assert_refused(gt_model *model, const rows *data, const gt_fit_options *options, const char *message)
{
    size_t bytes, after_bytes;
    assert_ok(gt_model_build(model, GT_SHAPE(5)));
    float *before = all_weights(model, &bytes);
    ck_assert_int_eq(gt_model_fit(model, data->x, data->y, options), GT_ERR_STATE);
    assert_message(message);
    float *after = all_weights(model, &after_bytes);
    ck_assert_mem_eq(before, after, bytes);
    ck_assert_int_eq(gt_optimizer_steps(gt_model_optimizer(model)), 0);
    free(before);
    free(after);
    gt_model_free(model);
}

static gt_model *compiled(gt_model *model, gt_optimizer *optimizer)
{
    assert_ok(gt_model_compile(model, &(gt_compile_options){.optimizer = optimizer,
                                                            .loss = gt_softmax_cross_entropy,
                                                            .metric = &gt_categorical_accuracy}));
    return model;
}

START_TEST(a_run_that_is_another_is_refused_and_changes_nothing)
{
    const rows data = noise(ROWS, 5, 3), fewer = noise(ROWS - 1, 5, 3);
    gt_callback *callbacks[] = {gt_model_checkpoint(scratch_path("training"), NULL), stop_after(2),
                                gt_early_stopping(&(gt_early_stopping_options){.monitor = "loss"})};
    gt_model *model = classifier(1);
    gt_fit_options options = {.epochs = 3, .batch_size = BATCH, .callbacks = callbacks, .callback_count = 3};
    assert_ok(gt_model_fit(model, data.x, data.y, &options));
    gt_model_free(model);
    options.resume = scratch_path("training");
    assert_refused(classifier(1), &fewer, &options, "its rows is 50, here it is 49");
    assert_refused(compiled(classifier(1), gt_sgd(NULL)), &data, &options, "its optimizer is adam, the model's sgd");
    assert_refused(compiled(classifier(1), gt_adam(&(gt_adam_options){.beta1 = 0.8})), &data, &options, "beta1=0.8");
    gt_fit_options other = options;
    other.batch_size = 10;
    assert_refused(classifier(1), &data, &other, "its batch_size is 16, here it is 10");
    other = options;
    other.no_shuffle = true;
    assert_refused(classifier(1), &data, &other, "its data are shuffled");
    other = options;
    other.callback_count = 2; /* of which none has a state */
    assert_refused(classifier(1), &data, &other, "it has the state of 1 callbacks, this run has 0");
    other = options;
    other.validation_split = 0.1;
    assert_refused(classifier(1), &data, &other, "its rows");
    gt_model *frozen = classifier(1);
    gt_layer_set_trainable(gt_model_layer(frozen, 0), false);
    assert_refused(frozen, &data, &options, "it is of another model");
    for (int i = 0; i < 3; i++)
        gt_callback_free(callbacks[i]);
    free_rows(data);
    free_rows(fewer);
}
END_TEST

START_TEST(files_that_hold_no_training_are_refused)
{
    const rows data = noise(ROWS, 5, 3);
    gt_model *model = classifier(1);
    assert_ok(gt_model_build(model, GT_SHAPE(5)));
    ck_assert_int_eq(gt_model_fit(model, data.x, data.y, &(gt_fit_options){.resume = scratch_path("none")}), GT_ERR_IO);
    assert_ok(gt_model_save(model, scratch_path("model")));
    ck_assert_int_eq(gt_training_load(model, scratch_path("model")), GT_ERR_FORMAT);
    assert_message("it has no 'gradtape.training'");
    assert_ok(gt_training_save(model, scratch_path("outside")));
    assert_ok(gt_training_load(model, scratch_path("outside")));
    ck_assert_int_eq(gt_model_fit(model, data.x, data.y, &(gt_fit_options){.resume = scratch_path("outside")}),
                     GT_ERR_STATE);
    assert_message("it was not saved during fit");
    gt_model_free(model);
    free_rows(data);
}
END_TEST

START_TEST(bad_arguments_are_errors)
{
    gt_model *model = classifier(1), *plain = gt_sequential(NULL);
    gt_model_add(plain, gt_layer_input(GT_SHAPE(2)));
    gt_model_add(plain, gt_layer_dense(1, NULL));
    ck_assert_int_eq(gt_training_save(NULL, "x"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_training_save(model, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_training_save(model, "x"), GT_ERR_STATE);
    ck_assert_int_eq(gt_training_save(plain, "x"), GT_ERR_STATE);
    assert_message("not compiled");
    ck_assert_int_eq(gt_training_load(plain, "x"), GT_ERR_STATE);
    ck_assert_int_eq(gt_training_load(NULL, "x"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_training_load(model, NULL), GT_ERR_ARGUMENT);
    gt_model_free(model);
    gt_model_free(plain);
}
END_TEST

#else

START_TEST(a_build_without_jansson_says_so)
{
    gt_model *model = line(1, 2, 0.1);
    ck_assert_int_eq(gt_training_save(model, "x"), GT_ERR_UNSUPPORTED);
    ck_assert_int_eq(gt_training_load(model, "x"), GT_ERR_UNSUPPORTED);
    assert_message("this build has no jansson");
    gt_model_free(model);
}
END_TEST

#endif

int main(void)
{
    return run_suite_with("resume", scratch_make, scratch_remove,
                          (const suite_test[]){
#ifdef GT_HAVE_JANSSON
                              LOOP_TEST(a_run_stopped_anywhere_goes_on_to_the_same_bits, STEPS),
                              TEST(a_run_goes_on_in_parts_of_a_batch_too), TEST(more_epochs_go_on_behind_the_last),
                              TEST(a_run_that_stopped_early_stays_stopped),
                              TEST(a_loop_of_ones_own_goes_on_from_what_it_saved),
                              TEST(a_run_that_is_another_is_refused_and_changes_nothing),
                              TEST(files_that_hold_no_training_are_refused), TEST(bad_arguments_are_errors),
#else
                              TEST(a_build_without_jansson_says_so),
#endif
                              END_OF_TESTS});
}
