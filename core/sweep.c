/* The reverse sweep: walks the nodes backwards, composes vector-Jacobian products, sums where paths meet.
 *
 * Every tracked tensor has a number; a sweep keeps one byte (is it between a source and a target?) and one cotangent
 * slot for each number from the first source on. Nothing of a sweep is stored in the nodes but gt_node.wants, which is
 * restored, so sweeps nest: a user's vjp may ask the same tape for a gradient. */
#include <string.h>

#include "core/error_internal.h"
#include "core/tape_internal.h"

enum { REACHED = 1, SOURCE = 2 };

typedef struct sweep {
    gt_tape *tape;
    const gt_sweep_request *request;
    gt_scope scope;      /* what is made in the sweep is at or past this */
    bool recorded;       /* vjps are themselves recorded */
    uint32_t base, span; /* values [base, base + span) */
    uint8_t *reached;
    gt_tensor **slot;
    gt_node *first, *last; /* nodes to visit */
} sweep;

/* ---- cotangent slots ------------------------------------------------------------------------------------------- */

static bool in_range(const sweep *s, const gt_tensor *tensor)
{
    return tensor->value >= s->base && tensor->value - s->base < s->span;
}

static bool is_reached(const sweep *s, const gt_tensor *tensor)
{
    return in_range(s, tensor) && s->reached[tensor->value - s->base];
}

static bool is_source(const sweep *s, const gt_tensor *tensor)
{
    return in_range(s, tensor) && s->reached[tensor->value - s->base] & SOURCE;
}

static gt_tensor **slot_of(const sweep *s, const gt_tensor *tensor)
{
    return &s->slot[tensor->value - s->base];
}

static bool made_here(const sweep *s, const gt_tensor *handle)
{
    return handle->serial >= s->scope && !(handle->flags & GT_TENSOR_LEAF);
}

/* Nobody else sees the values: they may be written, or given away. */
static bool is_private(const sweep *s, const gt_tensor *handle)
{
    return made_here(s, handle) && handle->holders == 1 && !(handle->flags & GT_TENSOR_PINNED) &&
           atomic_load_explicit(&handle->buffer->references, memory_order_relaxed) == 1;
}

static void clear_slot(const sweep *s, gt_tensor **slot)
{
    gt_tensor *handle = *slot;
    *slot = NULL;
    if (handle && --handle->holders == 0 && made_here(s, handle) && !(handle->flags & GT_TENSOR_PINNED))
        gt_handle_discard(s->tape, handle);
}

static void fill_slot(gt_tensor **slot, gt_tensor *handle)
{
    *slot = handle;
    handle->holders++;
}

/* What the sweep itself computes, where the tensor lies. */
static gt_tensor *filled_like(gt_tape *tape, const gt_tensor *tensor, double value)
{
    const gt_device outside = tape->here;
    tape->here = (gt_device)tensor->device;
    gt_tensor *result = gt_fill(tape, tensor->spec.dtype, tensor->spec.shape, value);
    tape->here = outside;
    return result;
}

static gt_tensor *copy_of(gt_tape *tape, gt_tensor *tensor)
{
    const gt_device outside = tape->here;
    tape->here = (gt_device)tensor->device;
    gt_tensor *result = gt_copy(tape, tensor);
    tape->here = outside;
    return result;
}

static gt_tensor *sum_of(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    const gt_device outside = tape->here;
    tape->here = (gt_device)a->device;
    gt_tensor *result = gt_add(tape, a, b);
    tape->here = outside;
    return result;
}

static gt_status add_to_slot(const sweep *s, gt_tensor **slot, gt_tensor *cotangent)
{
    gt_tensor *sum = *slot;
    if (!sum) {
        fill_slot(slot, cotangent);
        return GT_OK;
    }
    if (!s->recorded && !s->tape->check_finite && is_private(s, sum)) {
        const gt_device device = (gt_device)sum->device;
        return gt_execute(&gt_op_add, device, gt_tape_queue(s->tape, device), NULL, 2, (gt_tensor *[]){sum, cotangent},
                          1, &sum);
    }
    gt_tensor *result = sum_of(s->tape, sum, cotangent);
    if (!result)
        return s->tape->status;
    clear_slot(s, slot);
    fill_slot(slot, result);
    return GT_OK;
}

/* ---- one node -------------------------------------------------------------------------------------------------- */

static gt_status check_kept(const gt_node *node)
{
    for (int i = 0; i < node->inputs + node->outputs; i++) {
        bool output = i >= node->inputs;
        int at = output ? i - node->inputs : i;
        if (!(node->op->keeps & (output ? GT_KEEPS_OUTPUT(at) : GT_KEEPS_INPUT(at))))
            continue;
        const gt_tensor *operand = node->operand[i];
        if (!operand->buffer)
            return gt_fail(GT_ERR_STATE, "%s %d, %s, was freed after an earlier gradient (a persistent tape keeps it)",
                           output ? "output" : "input", at, gt_tensor_label(operand).text);
        uint32_t now = (uint32_t)gt_buffer_version(operand->buffer);
        if (now != node->version[i])
            return gt_fail(GT_ERR_GRADIENT,
                           "%s %d, %s, was overwritten after it was recorded (version %u, now %u): "
                           "take gradients before updating",
                           output ? "output" : "input", at, gt_tensor_label(operand).text, node->version[i], now);
    }
    return GT_OK;
}

/* The inputs on a path from a source. */
static gt_status find_wants(const sweep *s, const gt_node *node, uint32_t *wants)
{
    *wants = 0;
    for (int i = 0; i < node->inputs; i++) {
        const gt_tensor *input = node->operand[i];
        if (!is_reached(s, input))
            continue;
        if (node->op->no_gradient & GT_INPUT(i))
            return gt_fail(GT_ERR_GRADIENT, "it offers no derivative towards input %d, %s", i,
                           gt_tensor_label(input).text);
        *wants |= UINT32_C(1) << i;
    }
    return GT_OK;
}

static gt_status check_result(const gt_node *node, int i, const gt_tensor *dx)
{
    if (!(node->wants >> i & 1))
        return gt_fail(GT_ERR_GRADIENT, "its vjp computed the gradient of input %d, which was not asked for", i);
    gt_status status = gt_tensor_readable("its vjp's result", dx);
    if (status != GT_OK)
        return status;
    const gt_device device = (gt_device)node->operand[i]->device;
    if ((gt_device)dx->device != device)
        return gt_fail(GT_ERR_DEVICE, "its vjp gave a gradient on %s for input %d, which lies on %s",
                       gt_device_name((gt_device)dx->device), i, gt_device_name(device));
    const gt_spec *spec = gt_node_input_spec(node, i);
    if (dx->spec.dtype != spec->dtype || !gt_shape_equal(&dx->spec.shape, &spec->shape))
        return gt_fail(GT_ERR_SHAPE, "its vjp gave %s %s for input %d, which is %s %s", gt_dtype_name(dx->spec.dtype),
                       gt_shape_text(&dx->spec.shape).text, i, gt_dtype_name(spec->dtype),
                       gt_shape_text(&spec->shape).text);
    return GT_OK;
}

/* Runs the op's vjp, or the user's. */
static gt_status run_vjp(const sweep *s, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    if (node->custom) {
        const gt_custom *custom = &node->custom->custom;
        gt_tensor *const *outputs = node->operand + node->inputs;
        uint64_t failures = gt_failures();
        gt_status status = custom->vjp(s->tape, node->operand, outputs, dy, dx, custom->context);
        gt_explained(status, failures, custom->name);
        for (int i = 0; i < node->inputs; i++)
            if (!(node->wants >> i & 1))
                dx[i] = NULL; /* a user's vjp need not ask */
        if (status != GT_OK && s->tape->status == GT_OK)
            return status;
    } else if (node->op->vjp) {
        node->op->vjp(s->tape, node, dy, dx);
    } else {
        return gt_fail(GT_ERR_GRADIENT, "the op has no derivative");
    }
    if (s->tape->status != GT_OK)
        return gt_fail(s->tape->status, "%s", s->tape->message);
    return GT_OK;
}

/* The tape's own handle of what a vjp gave. */
static gt_status own_result(const sweep *s, gt_tensor **dx)
{
    if ((*dx)->tape == s->tape)
        return GT_OK;
    gt_tensor *leaf = gt_leaf_of(s->tape, *dx);
    if (leaf)
        gt_leaf_attach(leaf, *dx);
    *dx = leaf;
    return leaf ? GT_OK : GT_ERR_MEMORY;
}

static gt_status compose(const sweep *s, gt_node *node, gt_tensor *const dy[])
{
    gt_tensor *dx[GT_MAX_INPUTS] = {NULL};
    gt_scope scope = gt_scope_begin(s->tape);
    const gt_device outside = s->tape->here;
    if (node->outputs > 0)
        s->tape->here = (gt_device)node->operand[node->inputs]->device;
    gt_status status = run_vjp(s, node, dy, dx);
    s->tape->here = outside;
    /* A vjp may give one tensor for several inputs: each is held until its turn, or it would be summed into early. */
    int held = 0;
    for (; status == GT_OK && held < node->inputs; held++) {
        if (!dx[held])
            continue;
        status = check_result(node, held, dx[held]);
        if (status == GT_OK)
            status = own_result(s, &dx[held]);
        if (status != GT_OK)
            break;
        dx[held]->holders++;
    }
    for (int i = 0; i < held; i++) {
        if (!dx[i])
            continue;
        dx[i]->holders--;
        if (status == GT_OK)
            status = add_to_slot(s, slot_of(s, node->operand[i]), dx[i]);
    }
    if (status == GT_OK)
        gt_handles_discard_since(s->tape, scope, NULL);
    return status;
}

/* Adds the vjp towards input 0 into its slot in place, where the op knows how to. */
static gt_status accumulate(const sweep *s, const gt_node *node, gt_tensor *dy)
{
    gt_tensor **slot = slot_of(s, node->operand[0]);
    if (!*slot || !is_private(s, *slot)) {
        gt_tensor *fresh = *slot ? copy_of(s->tape, *slot) : filled_like(s->tape, node->operand[0], 0);
        if (!fresh)
            return s->tape->status;
        clear_slot(s, slot);
        fill_slot(slot, fresh);
    }
    gt_tensor *inputs[GT_MAX_INPUTS + 1] = {*slot, dy};
    int count = 2;
    for (int i = 1; i < node->inputs; i++)
        if (node->op->keeps & GT_KEEPS_INPUT(i))
            inputs[count++] = node->operand[i];
    return gt_run(node->op->accumulate, inputs, count, node->attributes);
}

/* On a tape that gives one gradient, values that only this node's consumers needed can go. A given cotangent may be a
 * result of the tape too: it stays while a slot holds it. */
static void free_outputs(const sweep *s, const gt_node *node)
{
    if (s->tape->options.persistent || s->recorded || s->request->first || s->request->retain)
        return;
    for (int i = node->inputs; i < node->inputs + node->outputs; i++) {
        gt_tensor *output = node->operand[i];
        bool unseen = output->flags & GT_TENSOR_INTERNAL || s->tape->options.lean;
        if (unseen && !output->holders && !(output->flags & GT_TENSOR_PINNED))
            gt_handle_release(output);
    }
}

static gt_status visit(const sweep *s, gt_node *node)
{
    gt_tensor *dy[GT_MAX_OUTPUTS] = {NULL};
    bool any = false;
    for (int i = 0; i < node->outputs; i++) {
        const gt_tensor *output = node->operand[node->inputs + i];
        if (!in_range(s, output) || (s->request->stop_at_sources && is_source(s, output)))
            continue;
        dy[i] = *slot_of(s, output);
        any = any || dy[i];
    }
    uint32_t wants;
    gt_status status = any ? find_wants(s, node, &wants) : GT_OK;
    if (any && status == GT_OK && wants) {
        status = check_kept(node);
        uint32_t outer = node->wants;
        node->wants = wants;
        if (status == GT_OK && wants == 1 && node->op->accumulate && !s->recorded)
            status = accumulate(s, node, dy[0]);
        else if (status == GT_OK)
            status = compose(s, node, dy);
        node->wants = outer;
    }
    if (status != GT_OK)
        return gt_fail(status, "gradient of %s (node %u): %s", node->op->name, node->number, gt_last_error());
    for (int i = node->inputs; i < node->inputs + node->outputs; i++)
        if (in_range(s, node->operand[i]) && !is_source(s, node->operand[i]))
            clear_slot(s, slot_of(s, node->operand[i]));
    if (s->tape->options.lean)
        free_outputs(s, node);
    return GT_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/* The tape's handle of a target or source; NULL where the tape does not track it. */
static gt_tensor *tracked(const gt_tape *tape, gt_tensor *tensor)
{
    gt_tensor *handle = tensor->tape == tape ? tensor : gt_leaf_find(tape, tensor);
    return handle && handle->flags & GT_TENSOR_TRACKED ? handle : NULL;
}

/* The range of values and nodes that lie between sources and targets; false if there is none. */
static bool find_range(sweep *s)
{
    const gt_sweep_request *request = s->request;
    const gt_tensor *earliest = NULL;
    for (int i = 0; i < request->sources; i++) {
        const gt_tensor *source = tracked(s->tape, request->source[i]);
        if (source && (!earliest || source->value < earliest->value))
            earliest = source;
    }
    if (!earliest)
        return false;
    s->first = earliest->producer ? earliest->producer->next : s->tape->first;
    if (request->first && (!s->first || s->first->number < request->first->number))
        s->first = request->first;
    s->base = earliest->value;
    s->span = s->tape->values - s->base + 1;
    for (int i = 0; i < request->targets; i++) {
        const gt_tensor *target = tracked(s->tape, request->target[i]);
        if (target && target->producer && !(target->flags & GT_TENSOR_LEAF) &&
            (!s->last || target->producer->number > s->last->number))
            s->last = target->producer;
    }
    return true;
}

/* Which values depend on a source. */
static void mark_reached(const sweep *s)
{
    for (int i = 0; i < s->request->sources; i++) {
        const gt_tensor *source = tracked(s->tape, s->request->source[i]);
        if (source)
            s->reached[source->value - s->base] = REACHED | SOURCE;
    }
    if (!s->last)
        return;
    for (const gt_node *node = s->first; node && node->number <= s->last->number; node = node->next) {
        bool reached = false;
        for (int i = 0; i < node->inputs && !reached; i++)
            reached = is_reached(s, node->operand[i]);
        for (int i = node->inputs; reached && i < node->inputs + node->outputs; i++)
            if (in_range(s, node->operand[i]))
                s->reached[node->operand[i]->value - s->base] |= REACHED;
    }
}

static gt_status seed(const sweep *s)
{
    for (int i = 0; i < s->request->targets; i++) {
        gt_tensor *target = tracked(s->tape, s->request->target[i]);
        if (!target || !is_reached(s, target))
            continue;
        gt_tensor *given = s->request->cotangent ? s->request->cotangent[i] : NULL;
        gt_tensor *cotangent = given ? gt_leaf_of(s->tape, given) : filled_like(s->tape, target, 1);
        if (!cotangent)
            return given ? GT_ERR_MEMORY : s->tape->status;
        if (given)
            gt_leaf_attach(cotangent, given);
        gt_status status = add_to_slot(s, slot_of(s, target), cotangent);
        if (status != GT_OK)
            return status;
    }
    return GT_OK;
}

/* A lean tape keeps targets readable, also those that no source reaches; but not a checkpoint's. */
static void pin_targets(const sweep *s)
{
    for (int i = 0; s->tape->options.lean && !s->request->first && i < s->request->targets; i++)
        if (s->request->target[i]->tape == s->tape)
            s->request->target[i]->flags |= GT_TENSOR_PINNED;
}

static bool asked_again(const sweep *s, int i, const gt_tensor *source)
{
    for (int j = i + 1; j < s->request->sources; j++)
        if (tracked(s->tape, s->request->source[j]) == source)
            return true;
    return false;
}

/* Hands out the sources' cotangents, each in memory of its own. */
static gt_status collect(const sweep *s)
{
    for (int i = 0; i < s->request->sources; i++) {
        gt_tensor *source = s->span ? tracked(s->tape, s->request->source[i]) : NULL;
        gt_tensor **slot = source ? slot_of(s, source) : NULL;
        bool answered = slot && *slot;
        gt_tensor *result = NULL;
        if (answered && is_private(s, *slot) && !asked_again(s, i, source)) {
            result = *slot;
            *slot = NULL;
            result->holders = 0;
            result->flags &= (uint16_t)~GT_TENSOR_INTERNAL;
        } else if (answered) {
            result = copy_of(s->tape, *slot);
        } else if (s->request->zeros) {
            result = filled_like(s->tape, s->request->source[i], 0);
        } else {
            continue;
        }
        if (!result)
            return s->tape->status;
        if (answered)
            source->flags |= GT_TENSOR_ANSWERED;
        s->request->gradient[i] = result;
    }
    return GT_OK;
}

static bool is_within(const sweep *s, const gt_node *node)
{
    return node && s->first && node->number >= s->first->number;
}

static gt_status run(sweep *s)
{
    if (s->span) {
        size_t bytes = s->span * (sizeof *s->slot + sizeof *s->reached);
        s->slot = gt_pool_allocate(bytes);
        if (!s->slot)
            return GT_ERR_MEMORY;
        memset(s->slot, 0, bytes);
        s->reached = (uint8_t *)(s->slot + s->span);
        mark_reached(s);
        pin_targets(s);
        gt_status status = seed(s);
        for (gt_node *node = s->last; status == GT_OK && is_within(s, node); node = node->previous)
            status = visit(s, node);
        if (status != GT_OK)
            return status;
    }
    gt_status status = collect(s);
    /* A tape that is not lean can be asked again after a failure: nothing was freed until here. */
    for (const gt_node *node = s->last; status == GT_OK && is_within(s, node); node = node->previous)
        free_outputs(s, node);
    return status;
}

gt_status gt_sweep(gt_tape *tape, const gt_sweep_request *request)
{
    sweep s = {.tape = tape, .request = request};
    s.recorded = tape->options.persistent && gt_tape_is_recording(tape);
    gt_tape_mark mark = gt_tape_here(tape);
    s.scope = mark.scope;
    find_range(&s);
    tape->paused += !s.recorded;
    gt_status status = run(&s);
    tape->paused -= !s.recorded;
    for (uint32_t i = 0; s.slot && i < s.span; i++)
        if (status == GT_OK)
            clear_slot(&s, &s.slot[i]);
        else if (s.slot[i])
            s.slot[i]->holders--; /* an outer sweep may hold it too */
    if (s.slot)
        gt_pool_release(s.slot, s.span * (sizeof *s.slot + sizeof *s.reached));
    if (status != GT_OK) {
        for (int i = 0; i < request->sources; i++)
            request->gradient[i] = NULL;
        gt_tape_rollback(tape, mark);
        gt_handles_discard_since(tape, mark.scope, NULL);
    }
    return status;
}
