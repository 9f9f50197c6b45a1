/* What fit recorded: a list of values, one an epoch, for each name. */
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "models/model_internal.h"

void gt_history_clear(gt_history *history)
{
    for (int i = 0; i < history->names; i++) {
        gt_release(history->name[i]);
        gt_release(history->values[i]);
    }
    *history = (gt_history){0};
}

gt_status gt_history_add_name(gt_history *history, const char *prefix, const char *name)
{
    size_t bytes = strlen(prefix) + strlen(name) + 1;
    char *full = gt_allocate(bytes);
    if (!full)
        return GT_ERR_MEMORY;
    snprintf(full, bytes, "%s%s", prefix, name);
    history->name[history->names++] = full;
    return GT_OK;
}

static gt_status grow(gt_history *history)
{
    int capacity = history->capacity ? 2 * history->capacity : 16;
    double *larger[GT_HISTORY_NAMES] = {NULL};
    for (int i = 0; i < history->names; i++) {
        larger[i] = gt_allocate((size_t)capacity * sizeof(double));
        if (!larger[i]) {
            while (i > 0)
                gt_release(larger[--i]);
            return GT_ERR_MEMORY;
        }
    }
    for (int i = 0; i < history->names; i++) {
        if (history->epochs)
            memcpy(larger[i], history->values[i], (size_t)history->epochs * sizeof(double));
        gt_release(history->values[i]);
        history->values[i] = larger[i];
    }
    history->capacity = capacity;
    return GT_OK;
}

gt_status gt_history_append(gt_history *history, const double *values)
{
    if (history->epochs == history->capacity && grow(history) != GT_OK)
        return GT_ERR_MEMORY;
    for (int i = 0; i < history->names; i++)
        history->values[i][history->epochs] = values[i];
    history->epochs++;
    return GT_OK;
}

/* ---- public ---------------------------------------------------------------------------------------------------- */

int gt_model_history_count(const gt_model *model)
{
    return model ? model->history.names : 0;
}

const char *gt_model_history_name(const gt_model *model, int index)
{
    return index >= 0 && index < gt_model_history_count(model) ? model->history.name[index] : NULL;
}

const double *gt_model_history(const gt_model *model, const char *name, int *epochs)
{
    if (epochs)
        *epochs = 0;
    for (int i = 0; name && i < gt_model_history_count(model); i++) {
        if (strcmp(model->history.name[i], name) != 0)
            continue;
        if (epochs)
            *epochs = model->history.epochs;
        return model->history.values[i];
    }
    return NULL;
}
