/* What an optimizer is made of: to add one, a file in optim/ with a gt_optimizer_kind and a constructor, and a line in
 * gt_optimizer_named. */
#ifndef GT_OPTIMIZER_INTERNAL_H
#define GT_OPTIMIZER_INTERNAL_H

#include "core/op.h"
#include "ops/attributes.h"
#include "optim/optimizer.h"

#define GT_OPTIMIZER_SLOTS 2

/* A step is one op for each weight, op(weight, slot 0, ..., gradient), which writes all but the gradient. Its
 * attributes begin with the learning rate, a double, and hold all settings: who saves an optimizer writes them by the
 * op's table. */
typedef struct gt_optimizer_kind {
    const char *name;
    const gt_op *op;
    int slots;
    const char *slot_name[GT_OPTIMIZER_SLOTS];
    /* What a slot's entries start at; NULL: 0. */
    double (*initial)(const void *attributes);
    /* Sets what changes from step to step in the op's attributes, where something does; `step` counts from 1. */
    void (*prepare)(void *attributes, int64_t step);
} gt_optimizer_kind;

/* `attributes` are the op's, and copied. NULL with the message set when out of memory. */
gt_optimizer *gt_optimizer_new(const gt_optimizer_kind *kind, const void *attributes);

/* The attributes of the last step, or the first where there was none, and, where `op` is not NULL, the op they belong
 * to. NULL for NULL. */
const void *gt_optimizer_attributes(gt_optimizer *optimizer, const gt_op **op);
/* The state of a weight in a slot; NULL, without a message, where it has none. */
gt_tensor *gt_optimizer_state(const gt_optimizer *optimizer, const gt_tensor *weight, int slot);

/* Settings: *value is replaced by `fallback` where it is 0. GT_ERR_ARGUMENT, naming optimizer and setting, for a rate
 * or epsilon that is not positive and finite, and for a decay outside [0, 1). */
gt_status gt_optimizer_positive(const char *optimizer, const char *setting, double *value, double fallback);
gt_status gt_optimizer_decay(const char *optimizer, const char *setting, double *value, double fallback);

#endif
