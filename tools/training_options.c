#include "tools/training_options.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tools/profile_option.h"
#include "tools/tensorboard_images.h"

option option_save(training_options *t)
{
    return option_text("save", &t->save, "FILE", "the trained model, architecture and weights, as safetensors");
}

option option_checkpoint(training_options *t)
{
    return option_text("checkpoint", &t->checkpoint, "FILE",
                       "all that training needs to go on, after each epoch and when\nit is interrupted");
}

option option_checkpoint_every(training_options *t)
{
    return option_integer("checkpoint-every", &t->checkpoint_every, "N", 1, INT32_MAX,
                          "the checkpoint after every N batches too");
}

option option_resume(training_options *t)
{
    return option_text("resume", &t->resume, "FILE",
                       "goes on from a checkpoint of a run with the same options; there may be\nmore epochs now");
}

option option_early_stopping(training_options *t)
{
    return option_integer("early-stopping", &t->early_stopping, "N", 1, INT32_MAX,
                          "stops when the validation loss was not better for N epochs, and takes\n"
                          "the best epoch's weights; validates with a tenth of the training\n"
                          "images, unless --validation-split says otherwise");
}

option option_validation_split(training_options *t)
{
    return option_positive("validation-split", &t->validation_split, "F",
                           "the last of the training images, this fraction, are for validation");
}

option option_log(training_options *t)
{
    return option_text("log", &t->log, "FILE", "epochs and their values as a CSV file");
}

option option_tensorboard(training_options *t)
{
    return option_text("tensorboard", &t->tensorboard, "DIR",
                       "the same for TensorBoard, into a new file in this folder, with pictures\n"
                       "of the first layer's weights");
}

option option_check_finite(training_options *t)
{
    return option_flag("check-finite", &t->check_finite,
                       "stops at the first op that makes a NaN or an infinity, and names it");
}

option option_profile(training_options *t)
{
    return option_text("profile", &t->profile, "FILE",
                       "a trace of five steps, op by op, for chrome://tracing; the top ops are\nprinted");
}

int training_check(const char *command, const training_options *t)
{
    if (t->checkpoint_every && !t->checkpoint)
        return usage_error(command, "--checkpoint-every needs --checkpoint FILE");
    return -1;
}

/* The checkpoint that --resume reads may be among them: a run that goes on replaces it by its own. */
void training_outputs(const training_options *t, output_list *o)
{
    outputs_file(o, "--save", t->save);
    outputs_file(o, "--checkpoint", t->checkpoint);
    outputs_stream(o, "--log", t->log);
    outputs_stream(o, "--profile", t->profile);
}

/* ---- interruption ----------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t received;

static void on_signal(int number)
{
    received = number;
}

static const int signals[] = {SIGINT, SIGTERM};
enum { SIGNALS = 2 };

/* A second signal ends the program at once. What is ignored, as a script's background jobs ignore Ctrl-C, stays so. */
static void catch_signals(struct sigaction before[SIGNALS])
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)(SA_RESETHAND | SA_RESTART);
    sigemptyset(&action.sa_mask);
    received = 0;
    for (int i = 0; i < SIGNALS; i++) {
        sigaction(signals[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

static void release_signals(const struct sigaction before[SIGNALS])
{
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
}

static int stop_when_interrupted(gt_callback *callback, const gt_fit_event *event)
{
    (void)callback, (void)event;
    return received ? 128 + received : 0;
}

static const gt_callback_class interruption_class = {.type = "Interruption", .batch_end = stop_when_interrupted};

/* ---- running ---------------------------------------------------------------------------------------------------- */

enum { MOST_CALLBACKS = 7 };

typedef struct callbacks {
    gt_callback *list[TRAINING_OWN_CALLBACKS + MOST_CALLBACKS];
    int given; /* which are the caller's, and come first */
    int count;
} callbacks;

/* What is not made is reported by fit. */
static callbacks make_callbacks(const training_options *t, const gt_fit_options *fit)
{
    callbacks c = {.given = fit->callback_count};
    while (c.count < c.given) {
        c.list[c.count] = fit->callbacks[c.count];
        c.count++;
    }
    c.list[c.count++] = gt_callback_new(&interruption_class);
    if (t->early_stopping)
        c.list[c.count++] = gt_early_stopping(&(gt_early_stopping_options){
            .patience = (int)t->early_stopping, .restore_best_weights = true, .verbose = fit->writer != NULL});
    if (t->log)
        c.list[c.count++] = gt_csv_log(t->log);
    if (t->tensorboard) {
        gt_callback *tensorboard = gt_tensorboard(t->tensorboard);
        c.list[c.count++] = tensorboard;
        c.list[c.count++] = tensorboard_images(tensorboard, t->tensorboard);
    }
    if (t->profile)
        c.list[c.count++] = profile_steps(t->profile);
    if (t->checkpoint)
        c.list[c.count++] =
            gt_model_checkpoint(t->checkpoint, &(gt_model_checkpoint_options){.every = t->checkpoint_every});
    return c;
}

gt_status training_run(const training_options *t, gt_model *model, const gt_tensor *x, const gt_tensor *y,
                       gt_fit_options fit, int *interrupted)
{
    struct sigaction before[SIGNALS];
    callbacks c = make_callbacks(t, &fit);
    fit.callbacks = c.list;
    fit.callback_count = c.count;
    fit.resume = t->resume;
    fit.validation_split = t->validation_split > 0 ? t->validation_split : t->early_stopping ? 0.1 : 0;
    catch_signals(before);
    gt_tape_check_finite(gt_model_tape(model), t->check_finite);
    gt_status status = gt_model_fit(model, x, y, &fit);
    if (status == GT_OK && t->save)
        status = gt_model_save(model, t->save);
    release_signals(before);
    *interrupted = gt_model_stopped(model) > 128 ? gt_model_stopped(model) - 128 : 0;
    for (int i = c.given; i < c.count; i++)
        gt_callback_free(c.list[i]);
    return status;
}

void training_interrupted(const char *command, const training_options *t, const gt_model *model, int signal_number)
{
    fprintf(stderr, "gradtape %s: stopped by %s in step %lld", command, signal_number == SIGINT ? "Ctrl-C" : "a signal",
            (long long)gt_optimizer_steps(gt_model_optimizer(model)));
    if (t->checkpoint)
        fprintf(stderr, "; the same command with --resume %s goes on", t->checkpoint);
    fputc('\n', stderr);
}
