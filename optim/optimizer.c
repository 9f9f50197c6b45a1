/* What all optimizers share: the state of each weight, and a step that happens as a whole or not at all. */
#include "optim/optimizer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "optim/clipping.h"
#include "optim/optimizer_internal.h"

/* The state of one weight. */
typedef struct entry {
    uint64_t serial; /* of the weight: addresses are used again */
    int64_t listed;  /* the last call of gt_optimizer_apply that named it */
    gt_tensor *slot[GT_OPTIMIZER_SLOTS];
} entry;

struct gt_optimizer {
    const gt_optimizer_kind *kind;
    int64_t steps;
    int64_t calls;    /* of gt_optimizer_apply, failed ones too */
    void *attributes; /* the op's */
    gt_clipper clipper;
    entry *entries;
    int count, capacity;
};

/* ---- settings -------------------------------------------------------------------------------------------------- */

gt_status gt_optimizer_positive(const char *optimizer, const char *setting, double *value, double fallback)
{
    if (*value == 0)
        *value = fallback;
    if (*value > 0 && isfinite(*value))
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: %s is %g, a positive number is expected", optimizer, setting, *value);
}

gt_status gt_optimizer_decay(const char *optimizer, const char *setting, double *value, double fallback)
{
    if (*value == 0)
        *value = fallback;
    if (*value >= 0 && *value < 1)
        return GT_OK;
    return gt_fail(GT_ERR_ARGUMENT, "%s: %s is %g, at least 0 and below 1 is expected", optimizer, setting, *value);
}

/* ---- making and freeing ---------------------------------------------------------------------------------------- */

gt_optimizer *gt_optimizer_new(const gt_optimizer_kind *kind, const void *attributes)
{
    gt_optimizer *optimizer = gt_allocate(sizeof *optimizer);
    void *copy = optimizer ? gt_allocate(kind->op->attribute_size) : NULL;
    if (!copy) {
        gt_release(optimizer);
        return NULL;
    }
    memcpy(copy, attributes, kind->op->attribute_size);
    *optimizer = (gt_optimizer){.kind = kind, .attributes = copy};
    return optimizer;
}

static void free_slots(const entry *state)
{
    for (int i = 0; i < GT_OPTIMIZER_SLOTS; i++)
        gt_tensor_free(state->slot[i]);
}

void gt_optimizer_free(gt_optimizer *optimizer)
{
    if (!optimizer)
        return;
    for (int i = 0; i < optimizer->count; i++)
        free_slots(&optimizer->entries[i]);
    gt_clipper_free(&optimizer->clipper);
    gt_release(optimizer->entries);
    gt_release(optimizer->attributes);
    gt_release(optimizer);
}

/* ---- the state of a weight ------------------------------------------------------------------------------------- */

/* Its entry; NULL where it has none. Steps name the same weights in the same order, so the search starts at `guess`. */
static entry *find(const gt_optimizer *optimizer, uint64_t serial, int guess)
{
    for (int i = 0; i < optimizer->count; i++) {
        entry *state = &optimizer->entries[(guess + i) % optimizer->count];
        if (state->serial == serial)
            return state;
    }
    return NULL;
}

static gt_status grow(gt_optimizer *optimizer)
{
    if (optimizer->count < optimizer->capacity)
        return GT_OK;
    int capacity = optimizer->capacity ? 2 * optimizer->capacity : 16;
    entry *entries = gt_allocate((size_t)capacity * sizeof *entries);
    if (!entries)
        return GT_ERR_MEMORY;
    if (optimizer->count)
        memcpy(entries, optimizer->entries, (size_t)optimizer->count * sizeof *entries);
    gt_release(optimizer->entries);
    optimizer->entries = entries;
    optimizer->capacity = capacity;
    return GT_OK;
}

static void fill(gt_tensor *tensor, double value)
{
    const int64_t size = gt_tensor_size(tensor);
    void *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < size; i++)
        if (gt_tensor_dtype(tensor) == GT_FLOAT32)
            ((float *)values)[i] = (float)value;
        else
            ((double *)values)[i] = value;
}

/* A new slot for the weight, with the values that it starts at: filled on the CPU, and moved to the weight. */
static gt_tensor *new_slot(const gt_optimizer *optimizer, const gt_tensor *weight)
{
    const gt_device device = gt_tensor_device(weight);
    const double initial = optimizer->kind->initial ? optimizer->kind->initial(optimizer->attributes) : 0;
    if (initial == 0)
        return gt_tensor_new_on(device, gt_tensor_dtype(weight), gt_tensor_shape(weight));
    gt_tensor *slot = gt_tensor_new(gt_tensor_dtype(weight), gt_tensor_shape(weight));
    if (!slot)
        return NULL;
    fill(slot, initial);
    if (gt_tensor_move(slot, device) == GT_OK)
        return slot;
    gt_tensor_free(slot);
    return NULL;
}

/* Its entry, made where it has none; NULL with the message set when out of memory. */
static entry *find_or_make(gt_optimizer *optimizer, const gt_tensor *weight, int guess)
{
    uint64_t serial = gt_tensor_serial(weight);
    entry *state = find(optimizer, serial, guess);
    if (state)
        return state;
    if (grow(optimizer) != GT_OK)
        return NULL;
    entry fresh = {.serial = serial};
    for (int i = 0; i < optimizer->kind->slots; i++) {
        fresh.slot[i] = new_slot(optimizer, weight);
        if (!fresh.slot[i]) {
            free_slots(&fresh);
            return NULL;
        }
    }
    state = &optimizer->entries[optimizer->count++];
    *state = fresh;
    return state;
}

/* ---- a step ---------------------------------------------------------------------------------------------------- */

typedef struct label {
    char text[320];
} label;

/* "'dense/kernel' (784, 10)", or "weight 3 (784, 10)". */
static label label_of(const gt_tensor *weight, int index)
{
    label result;
    const char *name = gt_tensor_name(weight);
    const gt_shape shape = gt_tensor_shape(weight);
    if (name)
        snprintf(result.text, sizeof result.text, "'%.100s' %s", name, gt_shape_text(&shape).text);
    else
        snprintf(result.text, sizeof result.text, "weight %d %s", index, gt_shape_text(&shape).text);
    return result;
}

static gt_status check_weight(const char *who, int index, const gt_tensor *weight)
{
    if (!weight)
        return gt_fail(GT_ERR_ARGUMENT, "%s: weight %d is NULL", who, index);
    if (!gt_dtype_is_real(gt_tensor_dtype(weight)))
        return gt_fail(GT_ERR_DTYPE, "%s: %s is %s, which cannot be trained", who, label_of(weight, index).text,
                       gt_dtype_name(gt_tensor_dtype(weight)));
    return GT_OK;
}

static gt_status check_gradient(const char *who, int index, const gt_tensor *weight, const gt_tensor *gradient)
{
    gt_status status = check_weight(who, index, weight);
    if (status != GT_OK)
        return status;
    const label of = label_of(weight, index);
    if (!gradient)
        return gt_fail(GT_ERR_GRADIENT,
                       "%s: no gradient for %s: the target does not depend on it (gt_tape_why_no_gradient tells why)",
                       who, of.text);
    gt_dtype dtype = gt_tensor_dtype(weight), given = gt_tensor_dtype(gradient);
    if (dtype != given)
        return gt_fail(GT_ERR_DTYPE, "%s: %s is %s, its gradient %s", who, of.text, gt_dtype_name(dtype),
                       gt_dtype_name(given));
    const gt_shape shape = gt_tensor_shape(weight), other = gt_tensor_shape(gradient);
    if (!gt_shape_equal(&shape, &other))
        return gt_fail(GT_ERR_SHAPE, "%s: the gradient of %s is %s", who, of.text, gt_shape_text(&other).text);
    gt_device device = gt_tensor_device(weight);
    if (device != gt_tensor_device(gradient))
        return gt_fail(GT_ERR_DEVICE, "%s: %s lies on %s, its gradient on %s", who, of.text, gt_device_name(device),
                       gt_device_name(gt_tensor_device(gradient)));
    return GT_OK;
}

/* What the op is called with: weight, slots, gradient. Returns how many. */
static int operands(const gt_optimizer *optimizer, const entry *state, gt_tensor *weight, gt_tensor *gradient,
                    gt_tensor *inputs[])
{
    int slots = optimizer->kind->slots;
    inputs[0] = weight;
    for (int i = 0; i < slots; i++)
        inputs[1 + i] = state->slot[i];
    inputs[1 + slots] = gradient;
    return slots + 2;
}

/* Checks one weight and makes its state; what is left of a failed step is state as it starts. */
static gt_status check(gt_optimizer *optimizer, int index, gt_tensor *weight, gt_tensor *gradient)
{
    const char *who = optimizer->kind->name;
    gt_status status = check_gradient(who, index, weight, gradient);
    if (status != GT_OK)
        return status;
    entry *state = find_or_make(optimizer, weight, index);
    if (!state)
        return GT_ERR_MEMORY;
    if (state->listed == optimizer->calls)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %s is listed twice", who, label_of(weight, index).text);
    state->listed = optimizer->calls;
    gt_tensor *inputs[GT_OPTIMIZER_SLOTS + 2];
    int count = operands(optimizer, state, weight, gradient, inputs);
    return gt_run_check(optimizer->kind->op, inputs, count, optimizer->attributes);
}

gt_status gt_optimizer_apply(gt_optimizer *optimizer, int count, gt_tensor *const weights[],
                             gt_tensor *const gradients[])
{
    if (!optimizer || count < 0 || (count > 0 && (!weights || !gradients)))
        return gt_fail(GT_ERR_ARGUMENT, "gt_optimizer_apply: %s",
                       !optimizer  ? "the optimizer is NULL"
                       : count < 0 ? "a negative count"
                                   : "a list is NULL");
    const gt_optimizer_kind *kind = optimizer->kind;
    optimizer->calls++;
    if (kind->prepare)
        kind->prepare(optimizer->attributes, optimizer->steps + 1);
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < count; i++)
        status = check(optimizer, i, weights[i], gradients[i]);
    if (status == GT_OK)
        status = gt_clipper_run(&optimizer->clipper, kind->name, count, &gradients);
    for (int i = 0; status == GT_OK && i < count; i++) {
        gt_tensor *inputs[GT_OPTIMIZER_SLOTS + 2];
        const entry *state = find(optimizer, gt_tensor_serial(weights[i]), i);
        int operand_count = operands(optimizer, state, weights[i], gradients[i], inputs);
        status = gt_run(kind->op, inputs, operand_count, optimizer->attributes);
    }
    gt_clipper_reset(&optimizer->clipper);
    if (status == GT_OK)
        optimizer->steps++;
    return status;
}

/* ---- what it is ------------------------------------------------------------------------------------------------ */

const char *gt_optimizer_name(const gt_optimizer *optimizer)
{
    return optimizer ? optimizer->kind->name : "";
}

double gt_optimizer_learning_rate(const gt_optimizer *optimizer)
{
    return optimizer ? *(const double *)optimizer->attributes : (double)NAN;
}

gt_status gt_optimizer_set_learning_rate(gt_optimizer *optimizer, double learning_rate)
{
    if (!optimizer)
        return gt_fail(GT_ERR_ARGUMENT, "gt_optimizer_set_learning_rate: the optimizer is NULL");
    if (!(learning_rate >= 0 && isfinite(learning_rate)))
        return gt_fail(GT_ERR_ARGUMENT, "%s: learning_rate is %g, a number that is not negative is expected",
                       optimizer->kind->name, learning_rate);
    *(double *)optimizer->attributes = learning_rate;
    return GT_OK;
}

gt_status gt_optimizer_set_clipping(gt_optimizer *optimizer, const gt_clipping *clipping)
{
    if (!optimizer)
        return gt_fail(GT_ERR_ARGUMENT, "gt_optimizer_set_clipping: the optimizer is NULL");
    return gt_clipper_set(&optimizer->clipper, optimizer->kind->name, clipping);
}

gt_clipping gt_optimizer_clipping(const gt_optimizer *optimizer)
{
    return optimizer ? optimizer->clipper.bound : (gt_clipping){0};
}

const void *gt_optimizer_attributes(gt_optimizer *optimizer, const gt_op **op)
{
    if (!optimizer)
        return NULL;
    if (op)
        *op = optimizer->kind->op;
    if (optimizer->kind->prepare)
        optimizer->kind->prepare(optimizer->attributes, optimizer->steps ? optimizer->steps : 1);
    return optimizer->attributes;
}

int64_t gt_optimizer_steps(const gt_optimizer *optimizer)
{
    return optimizer ? optimizer->steps : 0;
}

gt_status gt_optimizer_set_steps(gt_optimizer *optimizer, int64_t steps)
{
    if (!optimizer || steps < 0 || steps == INT64_MAX) /* one more step must be countable */
        return gt_fail(GT_ERR_ARGUMENT, "gt_optimizer_set_steps: %s",
                       !optimizer  ? "the optimizer is NULL"
                       : steps < 0 ? "a negative count"
                                   : "more steps than can be counted");
    optimizer->steps = steps;
    return GT_OK;
}

int gt_optimizer_slots(const gt_optimizer *optimizer)
{
    return optimizer ? optimizer->kind->slots : 0;
}

const char *gt_optimizer_slot_name(const gt_optimizer *optimizer, int slot)
{
    return slot >= 0 && slot < gt_optimizer_slots(optimizer) ? optimizer->kind->slot_name[slot] : NULL;
}

gt_tensor *gt_optimizer_slot(gt_optimizer *optimizer, const gt_tensor *weight, int slot)
{
    if (!weight || !gt_optimizer_slot_name(optimizer, slot)) {
        gt_fail(GT_ERR_ARGUMENT, "gt_optimizer_slot: %s",
                !optimizer ? "the optimizer is NULL"
                : !weight  ? "the weight is NULL"
                           : "there is no such slot");
        return NULL;
    }
    if (check_weight(optimizer->kind->name, 0, weight) != GT_OK)
        return NULL;
    const entry *state = find_or_make(optimizer, weight, 0);
    return state ? state->slot[slot] : NULL;
}

gt_tensor *gt_optimizer_state(const gt_optimizer *optimizer, const gt_tensor *weight, int slot)
{
    const entry *state = find(optimizer, gt_tensor_serial(weight), 0);
    return state ? state->slot[slot] : NULL;
}

gt_status gt_optimizer_move(gt_optimizer *optimizer, gt_device device)
{
    if (!optimizer)
        return gt_fail(GT_ERR_ARGUMENT, "gt_optimizer_move: the optimizer is NULL");
    gt_status status = GT_OK;
    for (int i = 0; i < optimizer->count; i++)
        for (int slot = 0; status == GT_OK && slot < optimizer->kind->slots; slot++)
            status = gt_tensor_move(optimizer->entries[i].slot[slot], device);
    return status;
}

gt_optimizer *gt_optimizer_named(const char *name, double learning_rate)
{
    if (name && strcmp(name, "sgd") == 0)
        return gt_sgd(&(gt_sgd_options){.learning_rate = learning_rate});
    if (name && strcmp(name, "momentum") == 0)
        return gt_sgd(&(gt_sgd_options){.learning_rate = learning_rate, .momentum = 0.9});
    if (name && strcmp(name, "rmsprop") == 0)
        return gt_rmsprop(&(gt_rmsprop_options){.learning_rate = learning_rate});
    if (name && strcmp(name, "adam") == 0)
        return gt_adam(&(gt_adam_options){.learning_rate = learning_rate});
    if (name && strcmp(name, "adamw") == 0)
        return gt_adamw(&(gt_adamw_options){.learning_rate = learning_rate});
    if (name && strcmp(name, "adagrad") == 0)
        return gt_adagrad(&(gt_adagrad_options){.learning_rate = learning_rate});
    if (name && strcmp(name, "adadelta") == 0)
        return gt_adadelta(&(gt_adadelta_options){.learning_rate = learning_rate});
    gt_fail(
        GT_ERR_ARGUMENT,
        "gt_optimizer_named: no optimizer '%s': sgd, momentum, rmsprop, adam, adamw, adagrad and adadelta are known",
        name ? name : "(null)");
    return NULL;
}
