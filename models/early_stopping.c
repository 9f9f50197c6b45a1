/* EarlyStopping: keras/callbacks.py (2.8). */
#include "models/callback_internal.h"
#include "models/model.h"

typedef struct early_stopping {
    gt_monitor monitor;
    int64_t patience;
    bool restores, verbose;
    int64_t waited, best_epoch, stopped_epoch; /* epochs without a better value; 0: none */
} early_stopping;

static const char who[] = "gt_early_stopping";

static int train_begin(gt_callback *callback, const gt_fit_event *event)
{
    early_stopping *self = callback->state;
    if (event->resumed)
        return self->stopped_epoch ? GT_STOPPED_EARLY : 0;
    gt_monitor_restart(&self->monitor);
    self->waited = self->best_epoch = self->stopped_epoch = 0;
    gt_callback_forget(callback);
    return 0;
}

/* As in Keras, the first epoch's weights are kept also where its value is NaN. */
static int epoch_end(gt_callback *callback, const gt_fit_event *event)
{
    early_stopping *self = callback->state;
    bool better;
    gt_status status = gt_monitor_look(&self->monitor, who, event, &better);
    if (status == GT_OK && self->restores && (better || callback->kept_count == 0)) {
        status = gt_callback_keep(callback, event->model);
        self->best_epoch = event->epoch;
    }
    if (status != GT_OK)
        return status;
    self->waited = better ? 0 : self->waited + 1;
    if (better || self->waited < self->patience || event->epoch == 1)
        return 0;
    self->stopped_epoch = event->epoch;
    return GT_STOPPED_EARLY;
}

static int train_end(gt_callback *callback, const gt_fit_event *event)
{
    const early_stopping *self = callback->state;
    const bool tells = self->verbose && event->writer;
    if (!self->stopped_epoch)
        return 0;
    if (self->restores && tells)
        gt_write(event->writer, event->writer_context,
                 "Restoring model weights from the end of the best epoch: %lld.\n", (long long)self->best_epoch);
    if (tells)
        gt_write(event->writer, event->writer_context, "Epoch %lld: early stopping\n", (long long)self->stopped_epoch);
    return self->restores ? gt_callback_restore(callback, event->model) : 0;
}

static const gt_setting settings[] = {
    {.name = "best", .type = GT_SETTING_REAL, .offset = offsetof(early_stopping, monitor.best), .count = 1},
    {.name = "waited", .type = GT_SETTING_INT, .offset = offsetof(early_stopping, waited), .count = 1},
    {.name = "best_epoch", .type = GT_SETTING_INT, .offset = offsetof(early_stopping, best_epoch), .count = 1},
    {.name = "stopped_epoch", .type = GT_SETTING_INT, .offset = offsetof(early_stopping, stopped_epoch), .count = 1},
    {.name = NULL},
};

static const gt_callback_class early_stopping_class = {
    .type = "EarlyStopping",
    .state_size = sizeof(early_stopping),
    .train_begin = train_begin,
    .epoch_end = epoch_end,
    .train_end = train_end,
    .settings = settings,
};

gt_callback *gt_early_stopping(const gt_early_stopping_options *options)
{
    const gt_early_stopping_options set = options ? *options : (gt_early_stopping_options){.patience = 0};
    early_stopping self = {.patience = set.patience, .restores = set.restore_best_weights, .verbose = set.verbose};
    if (set.patience < 0) {
        gt_fail(GT_ERR_ARGUMENT, "%s: patience is %d, 0 or more is expected", who, set.patience);
        return NULL;
    }
    if (gt_monitor_init(&self.monitor, who, set.monitor, set.maximize, set.min_delta) != GT_OK)
        return NULL;
    gt_callback *callback = gt_callback_new(&early_stopping_class);
    if (callback)
        *(early_stopping *)callback->state = self;
    return callback;
}
