/* What callbacks share: making them, values by name, weights that are kept, and a value that is watched. */
#include "models/callback.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "models/callback_internal.h"
#include "models/model.h"

gt_callback *gt_callback_new(const gt_callback_class *type)
{
    if (!type || !type->type || !type->type[0]) {
        gt_fail(GT_ERR_ARGUMENT, "gt_callback_new: the class %s", type ? "has no name" : "is NULL");
        return NULL;
    }
    gt_callback *callback = gt_allocate(sizeof *callback);
    void *state = callback ? gt_allocate(type->state_size ? type->state_size : 1) : NULL;
    if (!state) {
        gt_release(callback);
        return NULL;
    }
    *callback = (gt_callback){.type = type, .state = state};
    return callback;
}

void *gt_callback_state(gt_callback *callback)
{
    return callback ? callback->state : NULL;
}

void gt_callback_free(gt_callback *callback)
{
    if (!callback)
        return;
    if (callback->type->release)
        callback->type->release(callback);
    gt_callback_forget(callback);
    gt_release(callback->state);
    gt_release(callback);
}

double gt_fit_event_value(const gt_fit_event *event, const char *name)
{
    for (int i = 0; event && name && i < event->count; i++)
        if (strcmp(event->name[i], name) == 0)
            return event->value[i];
    return (double)NAN;
}

/* ---- weights ---------------------------------------------------------------------------------------------------- */

void gt_callback_forget(gt_callback *callback)
{
    for (int i = 0; i < callback->kept_count; i++)
        gt_tensor_free(callback->kept[i]);
    gt_release(callback->kept);
    callback->kept = NULL;
    callback->kept_count = 0;
}

/* Room for copies, made once: later epochs write into the same. */
static gt_status make_room(gt_callback *callback, const gt_model *model)
{
    const int count = gt_model_weights(model, 0, NULL);
    if (callback->kept_count == count)
        return GT_OK;
    gt_callback_forget(callback);
    callback->kept = gt_allocate((size_t)(count + 1) * sizeof(gt_tensor *));
    while (callback->kept && callback->kept_count < count) {
        const gt_tensor *weight = gt_model_weight(model, callback->kept_count);
        gt_tensor *copy = gt_tensor_new(gt_tensor_dtype(weight), gt_tensor_shape(weight));
        if (!copy)
            break;
        callback->kept[callback->kept_count++] = copy;
    }
    if (callback->kept && callback->kept_count == count)
        return GT_OK;
    gt_callback_forget(callback);
    return GT_ERR_MEMORY;
}

gt_status gt_callback_keep(gt_callback *callback, const gt_model *model)
{
    gt_status status = make_room(callback, model);
    for (int i = 0; status == GT_OK && i < callback->kept_count; i++)
        status = gt_tensor_assign(callback->kept[i], gt_model_weight(model, i));
    return status;
}

gt_status gt_callback_restore(const gt_callback *callback, gt_model *model)
{
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < callback->kept_count; i++)
        status = gt_tensor_assign(gt_model_weight(model, i), callback->kept[i]);
    return status;
}

/* ---- a value that is watched ------------------------------------------------------------------------------------ */

static bool ends_in(const char *text, const char *ending)
{
    const size_t length = strlen(text), end = strlen(ending);
    return length >= end && strcmp(text + length - end, ending) == 0;
}

gt_status gt_monitor_init(gt_monitor *monitor, const char *who, const char *name, bool maximize, double min_delta)
{
    name = name ? name : "val_loss";
    if (strlen(name) >= sizeof monitor->name)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the monitor's name is longer than %zu", who, sizeof monitor->name - 1);
    *monitor = (gt_monitor){.maximize = maximize || ends_in(name, "accuracy"), .min_delta = fabs(min_delta)};
    snprintf(monitor->name, sizeof monitor->name, "%s", name);
    gt_monitor_restart(monitor);
    return GT_OK;
}

void gt_monitor_restart(gt_monitor *monitor)
{
    monitor->best = monitor->maximize ? -HUGE_VAL : HUGE_VAL;
}

static gt_status no_such_value(const gt_monitor *monitor, const char *who, const gt_fit_event *event)
{
    char names[256] = "";
    size_t used = 0;
    for (int i = 0; i < event->count && used < sizeof names; i++)
        used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", event->name[i]);
    return gt_fail(GT_ERR_ARGUMENT, "%s: there is no value '%s': fit has %s", who, monitor->name, names);
}

gt_status gt_monitor_look(gt_monitor *monitor, const char *who, const gt_fit_event *event, bool *better)
{
    int at = 0;
    while (at < event->count && strcmp(event->name[at], monitor->name) != 0)
        at++;
    if (at == event->count)
        return no_such_value(monitor, who, event);
    const double value = event->value[at], delta = monitor->min_delta;
    *better = monitor->maximize ? value - delta > monitor->best : value + delta < monitor->best;
    if (*better)
        monitor->best = value;
    return GT_OK;
}
