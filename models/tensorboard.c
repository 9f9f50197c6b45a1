/* The TensorBoard callback: keras/callbacks.py (2.8), its scalars of epochs, under the names that the history has. */
#include "models/tensorboard.h"

#include "core/memory.h"
#include "models/callback_internal.h"
#include "models/model.h"

typedef struct tensorboard {
    char *folder;
    gt_event_file *file; /* while fit runs */
} tensorboard;

static gt_status close_file(tensorboard *self)
{
    gt_event_file *file = self->file;
    self->file = NULL;
    return gt_event_file_close(file);
}

/* A run that goes on does so in a new file: the epochs that it does again are in an older one. */
static int train_begin(gt_callback *callback, const gt_fit_event *event)
{
    tensorboard *self = callback->state;
    close_file(self); /* of a fit that failed, and said so */
    gt_status status = gt_event_file_new(self->folder, &self->file);
    if (status == GT_OK && event->resumed)
        status = gt_event_file_restart(self->file, event->epoch);
    return status;
}

static int epoch_end(gt_callback *callback, const gt_fit_event *event)
{
    const tensorboard *self = callback->state;
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < event->count; i++)
        status = gt_event_file_scalar(self->file, event->name[i], event->epoch, event->value[i]);
    if (status == GT_OK)
        status = gt_event_file_scalar(self->file, "learning_rate", event->epoch,
                                      gt_optimizer_learning_rate(gt_model_optimizer(event->model)));
    return status == GT_OK ? gt_event_file_flush(self->file) : status;
}

static int train_end(gt_callback *callback, const gt_fit_event *event)
{
    (void)event;
    return close_file(callback->state);
}

static void release(gt_callback *callback)
{
    tensorboard *self = callback->state;
    close_file(self);
    gt_release(self->folder);
}

static const gt_callback_class tensorboard_class = {
    .type = "TensorBoard",
    .state_size = sizeof(tensorboard),
    .train_begin = train_begin,
    .epoch_end = epoch_end,
    .train_end = train_end,
    .release = release,
};

gt_callback *gt_tensorboard(const char *folder)
{
    if (!folder || !folder[0]) {
        gt_fail(GT_ERR_ARGUMENT, "gt_tensorboard: the folder is %s", folder ? "empty" : "NULL");
        return NULL;
    }
    gt_callback *callback = gt_callback_new(&tensorboard_class);
    char *copy = callback ? gt_copy_string(folder) : NULL;
    if (!copy) {
        gt_callback_free(callback);
        return NULL;
    }
    ((tensorboard *)callback->state)->folder = copy;
    return callback;
}

gt_event_file *gt_tensorboard_file(const gt_callback *callback)
{
    return callback && callback->type == &tensorboard_class ? ((const tensorboard *)callback->state)->file : NULL;
}
