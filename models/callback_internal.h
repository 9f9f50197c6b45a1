/* What a callback is made of: for models/ alone. */
#ifndef GT_CALLBACK_INTERNAL_H
#define GT_CALLBACK_INTERNAL_H

#include "models/callback.h"

struct gt_callback {
    const gt_callback_class *type;
    void *state;
    gt_tensor **kept; /* copies of all weights of a model, or NULL; saved with the state */
    int kept_count;
};

/* Keeps the model's weights as they are, in the place of those kept before. */
gt_status gt_callback_keep(gt_callback *callback, const struct gt_model *model);
/* Sets the model's weights to those kept; nothing where there are none. */
gt_status gt_callback_restore(const gt_callback *callback, struct gt_model *model);
void gt_callback_forget(gt_callback *callback);

/* Whether a value that is watched becomes better: Keras' monitor, mode and min_delta. */
typedef struct gt_monitor {
    char name[64];
    bool maximize;
    double min_delta;
    double best;
} gt_monitor;
/* GT_ERR_ARGUMENT, naming who, for a name that is too long. NULL: "val_loss". */
gt_status gt_monitor_init(gt_monitor *monitor, const char *who, const char *name, bool maximize, double min_delta);
void gt_monitor_restart(gt_monitor *monitor);
/* GT_ERR_ARGUMENT, with the names there are, where the event has no such value. Sets whether `best` was improved, which
 * is then the new value. */
gt_status gt_monitor_look(gt_monitor *monitor, const char *who, const gt_fit_event *event, bool *better);

#endif
