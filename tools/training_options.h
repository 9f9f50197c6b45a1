/* What the subcommands that train have in common: saving, going on, stopping early, logs, and Ctrl-C. */
#ifndef TOOLS_TRAINING_OPTIONS_H
#define TOOLS_TRAINING_OPTIONS_H

#include "models/gradtape.h"
#include "tools/options.h"
#include "tools/outputs.h"

typedef struct training_options {
    const char *save, *checkpoint, *resume, *log, *tensorboard, *profile;
    bool check_finite;
    int64_t checkpoint_every, early_stopping;
    double validation_split;
} training_options;

/* Rows of an options table. */
option option_save(training_options *t);
option option_checkpoint(training_options *t);
option option_checkpoint_every(training_options *t);
option option_resume(training_options *t);
option option_early_stopping(training_options *t);
option option_validation_split(training_options *t);
option option_log(training_options *t);
option option_tensorboard(training_options *t);
option option_check_finite(training_options *t);
option option_profile(training_options *t);
#define TRAINING_OPTIONS(t)                                                                                            \
    option_save(t), option_checkpoint(t), option_checkpoint_every(t), option_resume(t), option_early_stopping(t),      \
        option_validation_split(t), option_log(t), option_tensorboard(t), option_check_finite(t), option_profile(t)

/* A negative number, or a usage error, for options that mean nothing without another one. */
int training_check(const char *command, const training_options *t);

/* The files that training_run will write. */
void training_outputs(const training_options *t, output_list *o);

/* Fits the model as asked. After Ctrl-C (or SIGTERM), the step is finished and everything saved as asked; *interrupted
 * is then the signal. `fit` needs no more than epochs and writer; it may have callbacks, TRAINING_OWN_CALLBACKS at
 * most, which are called before the others. */
enum { TRAINING_OWN_CALLBACKS = 2 };
gt_status training_run(const training_options *t, gt_model *model, const gt_tensor *x, const gt_tensor *y,
                       gt_fit_options fit, int *interrupted);

/* Tells on stderr which signal ended it, in which step, and how to go on. */
void training_interrupted(const char *command, const training_options *t, const gt_model *model, int signal_number);

#endif
