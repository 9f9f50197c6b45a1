/* ModelCheckpoint: keras/callbacks.py (2.8). */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "models/callback_internal.h"
#include "models/saving.h"

#define LONGEST_PATH 1024

typedef struct checkpoint {
    char *pattern;
    gt_model_checkpoint_options options;
    gt_monitor monitor;
    bool due;    /* at an epoch's end */
    bool better; /* and its value is better than `before` was */
    double before;
} checkpoint;

static const char who[] = "gt_model_checkpoint";

/* ---- the path --------------------------------------------------------------------------------------------------- */

/* "{val_loss:.2f}": a name, and how its value is printed. */
typedef struct placeholder {
    char name[64];
    bool zeros;
    int width, precision; /* precision -1: none */
    char form;            /* d, f, e, g; 0: none given */
} placeholder;

static const char *read_number(const char *at, int *number)
{
    *number = 0;
    while (isdigit((unsigned char)*at) && *number < 100)
        *number = 10 * *number + (*at++ - '0');
    return at;
}

/* Returns what is behind the closing brace; NULL where it is no placeholder. */
static const char *read_placeholder(const char *at, placeholder *p)
{
    *p = (placeholder){.precision = -1};
    const size_t length = strcspn(at, ":}{");
    if (length == 0 || length >= sizeof p->name)
        return NULL;
    memcpy(p->name, at, length);
    at += length;
    if (*at == ':') {
        p->zeros = *++at == '0';
        at = read_number(at, &p->width);
        if (*at == '.')
            at = read_number(at + 1, &p->precision);
        if (*at && strchr("dfeg", *at))
            p->form = *at++;
    }
    return *at == '}' && p->width < 32 && p->precision < 32 ? at + 1 : NULL;
}

static int print_value(const placeholder *p, double value, char *text, size_t size)
{
    const int precision = p->precision >= 0 ? p->precision : 6;
    if (p->form == 'd' || (!p->form && strcmp(p->name, "epoch") == 0))
        return snprintf(text, size, p->zeros ? "%0*lld" : "%*lld", p->width, (long long)value);
    if (p->form == 'e')
        return snprintf(text, size, p->zeros ? "%0*.*e" : "%*.*e", p->width, precision, value);
    if (p->form == 'f')
        return snprintf(text, size, p->zeros ? "%0*.*f" : "%*.*f", p->width, precision, value);
    return snprintf(text, size, p->zeros ? "%0*.*g" : "%*.*g", p->width, precision, value);
}

/* In the middle of an epoch there are no values yet: NaN. */
static gt_status value_of(const placeholder *p, const gt_fit_event *event, double *value)
{
    *value = strcmp(p->name, "epoch") == 0 ? event->epoch : gt_fit_event_value(event, p->name);
    for (int i = 0; i < event->count; i++)
        if (strcmp(event->name[i], p->name) == 0)
            return GT_OK;
    if (event->count == 0 || !isnan(*value))
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: there is no value '%s' for the path", who, p->name);
}

/* With event NULL, only the pattern is checked. */
static gt_status make_path(const char *pattern, const gt_fit_event *event, char *path)
{
    size_t used = 0;
    for (const char *at = pattern; *at;) {
        placeholder p;
        double value = 0;
        const char *next = *at == '{' ? read_placeholder(at + 1, &p) : at + 1;
        if (!next)
            return gt_fail(GT_ERR_ARGUMENT, "%s: '%.100s': {name}, or {name:02d}, {name:.2f}, is expected", who, at);
        gt_status status = *at == '{' && event ? value_of(&p, event, &value) : GT_OK;
        if (status != GT_OK)
            return status;
        if (*at != '{' && used < LONGEST_PATH)
            path[used++] = *at;
        else if (used < LONGEST_PATH)
            used += (size_t)print_value(&p, value, path + used, LONGEST_PATH - used);
        at = next;
    }
    if (used >= LONGEST_PATH)
        return gt_fail(GT_ERR_ARGUMENT, "%s: a path longer than %d bytes", who, LONGEST_PATH - 1);
    path[used] = '\0';
    return GT_OK;
}

/* ---- saving ----------------------------------------------------------------------------------------------------- */

static int train_begin(gt_callback *callback, const gt_fit_event *event)
{
    checkpoint *self = callback->state;
    self->due = false;
    if (!event->resumed)
        gt_monitor_restart(&self->monitor);
    return 0;
}

static int epoch_end(gt_callback *callback, const gt_fit_event *event)
{
    checkpoint *self = callback->state;
    self->due = self->better = true;
    if (!self->options.best_only)
        return 0;
    self->before = self->monitor.best;
    return gt_monitor_look(&self->monitor, who, event, &self->better);
}

static gt_status save(const checkpoint *self, gt_model *model, const char *path)
{
    switch (self->options.saved) {
    case GT_SAVED_TRAINING:
        return gt_training_save(model, path);
    case GT_SAVED_MODEL:
        return gt_model_save(model, path);
    case GT_SAVED_WEIGHTS:
        return gt_weights_save(model, path);
    }
    return GT_ERR_ARGUMENT;
}

static void tell(const checkpoint *self, const gt_fit_event *event, const char *path)
{
    if (!self->options.verbose || !event->writer || !self->due)
        return;
    if (!self->options.best_only)
        gt_write(event->writer, event->writer_context, "Epoch %d: saving model to %s\n", event->epoch, path);
    else if (self->better)
        gt_write(event->writer, event->writer_context, "Epoch %d: %s improved from %.5f to %.5f, saving model to %s\n",
                 event->epoch, self->monitor.name, self->before, self->monitor.best, path);
    else
        gt_write(event->writer, event->writer_context, "Epoch %d: %s did not improve from %.5f\n", event->epoch,
                 self->monitor.name, self->monitor.best);
}

static int save_when_due(gt_callback *callback, const gt_fit_event *event)
{
    checkpoint *self = callback->state;
    const int64_t every = self->options.every;
    const bool within = every > 0 && event->batch < event->batches && event->batch % every == 0;
    const bool stopped = event->stopping != 0;
    char path[LONGEST_PATH + 1] = "";
    gt_status status = GT_OK;
    if (self->options.best_only ? self->due && self->better : self->due || within || stopped) {
        status = make_path(self->pattern, event, path);
        if (status == GT_OK)
            status = save(self, event->model, path);
    }
    if (status == GT_OK)
        tell(self, event, path);
    self->due = false;
    return status;
}

static void release(gt_callback *callback)
{
    gt_release(((checkpoint *)callback->state)->pattern);
}

static const gt_setting settings[] = {
    {.name = "best", .type = GT_SETTING_REAL, .offset = offsetof(checkpoint, monitor.best), .count = 1},
    {.name = NULL},
};

static const gt_callback_class checkpoint_class = {
    .type = "ModelCheckpoint",
    .state_size = sizeof(checkpoint),
    .train_begin = train_begin,
    .epoch_end = epoch_end,
    .checkpoint = save_when_due,
    .release = release,
};

/* That of the best alone has a state to keep. */
static const gt_callback_class best_class = {
    .type = "ModelCheckpoint",
    .state_size = sizeof(checkpoint),
    .train_begin = train_begin,
    .epoch_end = epoch_end,
    .checkpoint = save_when_due,
    .release = release,
    .settings = settings,
};

/* ---- making it -------------------------------------------------------------------------------------------------- */

static gt_status check(const char *path, const gt_model_checkpoint_options *set)
{
    char unused[LONGEST_PATH + 1];
    if (!path || !path[0])
        return gt_fail(GT_ERR_ARGUMENT, "%s: the path is %s", who, path ? "empty" : "NULL");
    if ((int)set->saved < GT_SAVED_TRAINING || (int)set->saved > GT_SAVED_WEIGHTS)
        return gt_fail(GT_ERR_ARGUMENT, "%s: there is nothing to save of kind %d", who, (int)set->saved);
    if (set->every < 0)
        return gt_fail(GT_ERR_ARGUMENT, "%s: every is %lld, 0 or more is expected", who, (long long)set->every);
    return make_path(path, NULL, unused);
}

gt_callback *gt_model_checkpoint(const char *path, const gt_model_checkpoint_options *options)
{
    checkpoint self = {.options = options ? *options : (gt_model_checkpoint_options){.every = 0}};
    if (check(path, &self.options) != GT_OK ||
        gt_monitor_init(&self.monitor, who, self.options.monitor, self.options.maximize, 0) != GT_OK)
        return NULL;
    self.options.monitor = NULL; /* copied */
    gt_callback *callback = gt_callback_new(self.options.best_only ? &best_class : &checkpoint_class);
    self.pattern = callback ? gt_copy_string(path) : NULL;
    if (!self.pattern) {
        gt_callback_free(callback);
        return NULL;
    }
    *(checkpoint *)callback->state = self;
    return callback;
}
