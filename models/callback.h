/* Callbacks: what gt_model_fit calls as it goes along, to watch, to save, or to stop it.
 *
 *     gt_callback *callbacks[] = {gt_early_stopping(&(gt_early_stopping_options){.patience = 3}),
 * gt_csv_log("log.csv")}; gt_model_fit(model, x, y, &(gt_fit_options){.epochs = 100, .callbacks = callbacks,
 * .callback_count = 2});
 *
 * A maker returns NULL with the message set on failure; a NULL among fit's callbacks is that failure, reported again.
 * Callbacks are the caller's to free, and can be used for one fit after another: each begins them anew, unless it goes
 * on from a file (gt_fit_options.resume), where their state is read from it. */
#ifndef GT_CALLBACK_H
#define GT_CALLBACK_H

#include "layer.h"

GT_PUBLIC_BEGIN

struct gt_model;
typedef struct gt_callback gt_callback;

/* Where fit is. */
typedef struct gt_fit_event {
    struct gt_model *model;
    int epoch, epochs;       /* from 1 */
    int64_t batch, batches;  /* done in this epoch; in all */
    bool resumed;            /* this fit goes on from a file */
    int stopping;            /* the code that a callback stopped it with; 0: it goes on */
    int count;               /* values so far in this epoch, under these names, as the history has them */
    const char *const *name; /* "loss", "accuracy"; at the epoch's end "val_loss" too */
    const double *value;
    gt_writer *writer; /* fit's, for a line of one's own; NULL where it is silent */
    void *writer_context;
} gt_fit_event;
/* The value under a name; NaN without one, or for a NULL. */
double gt_fit_event_value(const gt_fit_event *event, const char *name);

/* Returns 0 to go on. A number above 0 stops the training after this step; fit returns GT_OK then, and
 * gt_model_stopped the number. A gt_status, with a message by gt_fail, makes fit fail with it. */
typedef int gt_callback_function(gt_callback *callback, const gt_fit_event *event);

/* A callback of one's own: `state` of state_size zeroed bytes comes with it. Any function may be NULL. The class must
 * outlive its callbacks. */
typedef struct gt_callback_class {
    const char *type;
    size_t state_size;
    gt_callback_function *train_begin;
    gt_callback_function *epoch_begin;
    gt_callback_function *batch_end; /* without values, unless `wants_values`: on a device, reading them waits for it */
    gt_callback_function *epoch_end; /* after the validation, with all values */
    /* After each batch and epoch, and when fit was stopped, behind all other functions: where gt_training_save finds
     * everything settled. */
    gt_callback_function *checkpoint;
    gt_callback_function *train_end;        /* not after a failure */
    void (*release)(gt_callback *callback); /* frees what the state holds */
    bool wants_values;
    /* What of the state gt_training_save keeps; NULL: nothing, and a run that goes on need not have this callback. */
    const gt_setting *settings;
} gt_callback_class;
gt_callback *gt_callback_new(const gt_callback_class *type);
void *gt_callback_state(gt_callback *callback);
void gt_callback_free(gt_callback *callback);

/* Stops when a value has not become better for `patience` epochs in a row (Keras' EarlyStopping, with its messages).
 * gt_model_stopped is then GT_STOPPED_EARLY. */
#define GT_STOPPED_EARLY 1
typedef struct gt_early_stopping_options {
    const char *monitor; /* copied; "val_loss" */
    double min_delta;    /* what a change must be more than to count */
    int patience;
    bool maximize;             /* greater is better; known by itself for a name that ends in "accuracy" */
    bool restore_best_weights; /* in the end, those of the best epoch */
    bool verbose;              /* says so through fit's writer */
} gt_early_stopping_options;
gt_callback *gt_early_stopping(const gt_early_stopping_options *options);

typedef enum gt_saved {
    GT_SAVED_TRAINING = 0, /* gt_training_save */
    GT_SAVED_MODEL,        /* gt_model_save */
    GT_SAVED_WEIGHTS       /* gt_weights_save */
} gt_saved;
/* Saves at each epoch's end (Keras' ModelCheckpoint, with its messages), or every so many batches too; and when fit is
 * stopped, all training (not the best alone). */
typedef struct gt_model_checkpoint_options {
    gt_saved saved;
    int64_t every;       /* batches; 0: at epochs' ends alone */
    bool best_only;      /* at epochs' ends, and where `monitor` became better */
    const char *monitor; /* copied; "val_loss" */
    bool maximize;       /* as in gt_early_stopping_options */
    bool verbose;
} gt_model_checkpoint_options;
/* `path` may hold {epoch} and values by name, with a width or precision: "digits-{epoch:02d}-{val_loss:.2f}". */
gt_callback *gt_model_checkpoint(const char *path, const gt_model_checkpoint_options *options);

/* Writes epoch and values as a line of comma-separated numbers at each epoch's end, below a line of names (Keras'
 * CSVLogger). A file that is there is replaced, or, by a fit that goes on, continued behind the epochs done. */
gt_callback *gt_csv_log(const char *path);

/* Writes epoch by epoch what the history has and the learning rate, as scalars that TensorBoard shows, into a new event
 * file in this folder, which is made where it is missing (Keras' TensorBoard). A fit that goes on tells TensorBoard to
 * forget what older files there have of the epochs that it does again. */
gt_callback *gt_tensorboard(const char *folder);

GT_PUBLIC_END

#endif
