/* Gradients of the user's own, and checkpointing, which is made of one. */
#include "core/error_internal.h"
#include "core/tape_internal.h"

static void release_context(const gt_custom *custom)
{
    if (custom->release)
        custom->release(custom->context);
}

static gt_status check_inputs(const gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                              gt_tensor *const outputs[])
{
    if (count < 1 || count > GT_MAX_INPUTS || custom->outputs < 1 || custom->outputs > GT_MAX_OUTPUTS)
        return gt_fail(GT_ERR_ARGUMENT, "%s: %d inputs and %d outputs, but 1 to %d and 1 to %d are possible",
                       custom->name, count, custom->outputs, GT_MAX_INPUTS, GT_MAX_OUTPUTS);
    if (!inputs || !outputs)
        return gt_fail(GT_ERR_ARGUMENT, "%s: the array of %s is NULL", custom->name, inputs ? "outputs" : "inputs");
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < count; i++)
        status = gt_tensor_readable(custom->name, inputs[i]);
    if (status == GT_OK && tape->guard)
        status = gt_guard_check(tape, count, inputs);
    return status;
}

static bool is_among(const gt_tensor *tensor, int count, gt_tensor *const tensors[])
{
    for (int i = 0; i < count; i++)
        if (tensors[i] == tensor)
            return true;
    return false;
}

/* Each output gets this node as its only origin: nothing else may have made or used it on the tape. */
static gt_status check_outputs(const gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                               gt_tensor *const outputs[])
{
    const int used = GT_TENSOR_TRACKED | GT_TENSOR_CONSTANT | GT_TENSOR_LEAF;
    for (int i = 0; i < custom->outputs; i++) {
        gt_status status = gt_tensor_readable(custom->name, outputs[i]);
        if (status != GT_OK)
            return status;
        if (outputs[i]->tape != tape || outputs[i]->flags & used || is_among(outputs[i], count, inputs) ||
            is_among(outputs[i], i, outputs))
            return gt_fail(GT_ERR_STATE,
                           "%s: output %d must be a result of this tape, computed while it was paused, not used "
                           "since, and no input nor another output (gt_copy)",
                           custom->name, i);
    }
    return GT_OK;
}

static gt_status record(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                        gt_tensor *const outputs[])
{
    gt_tensor *handle[GT_MAX_INPUTS];
    bool tracked = false;
    for (int i = 0; i < count; i++) {
        handle[i] = gt_leaf_of(tape, inputs[i]);
        if (!handle[i])
            return GT_ERR_MEMORY;
        tracked = tracked || handle[i]->flags & GT_TENSOR_TRACKED;
        if (!(handle[i]->flags & GT_TENSOR_TRACKED))
            handle[i]->flags |= GT_TENSOR_CONSTANT;
    }
    if (!tracked) {
        release_context(custom);
        return GT_OK;
    }
    gt_arena_mark start = gt_arena_here(&tape->nodes);
    gt_custom_node *node_custom = gt_arena_take(&tape->nodes, sizeof *node_custom);
    if (!node_custom)
        return GT_ERR_MEMORY;
    *node_custom = (gt_custom_node){
        .custom = *custom,
        .op = {.name = custom->name, .inputs = count, .outputs = custom->outputs, .keeps = UINT64_MAX},
        .previous = tape->customs,
        .node = tape->node_count + 1,
    };
    gt_node *node = gt_node_new(tape, &node_custom->op, count, custom->outputs, NULL);
    if (!node) {
        gt_arena_rollback(&tape->nodes, start);
        return GT_ERR_MEMORY;
    }
    node->custom = node_custom;
    for (int i = 0; i < count; i++) {
        node->operand[i] = handle[i];
        gt_leaf_attach(handle[i], inputs[i]);
        gt_node_keep(node, i);
    }
    for (int i = 0; i < custom->outputs; i++) {
        node->operand[count + i] = outputs[i];
        if (gt_dtype_is_real(outputs[i]->spec.dtype))
            gt_handle_track(tape, outputs[i], node);
        gt_node_keep(node, count + i);
    }
    gt_node_link(tape, node);
    tape->customs = node_custom;
    return GT_OK;
}

/* The context is released here on every way out but a recorded one. */
static gt_status record_or_release(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                                   gt_tensor *const outputs[])
{
    gt_status status = check_inputs(tape, custom, count, inputs, outputs);
    if (status == GT_OK)
        status = check_outputs(tape, custom, count, inputs, outputs);
    if (status == GT_OK && gt_tape_is_recording(tape))
        status = record(tape, custom, count, inputs, outputs);
    else
        release_context(custom);
    if (status == GT_ERR_MEMORY)
        release_context(custom);
    return status == GT_OK ? GT_OK : gt_tape_set_error(tape, status, gt_last_error());
}

static gt_status check_custom(const char *who, gt_tape *tape, const gt_custom *custom)
{
    gt_status status = GT_OK;
    if (!tape)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: the tape is NULL", who);
    else if (tape->status != GT_OK)
        status = tape->status;
    else if (!custom || !custom->name || !custom->vjp)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: %s is NULL", who, !custom ? "custom" : custom->name ? "vjp" : "name");
    if (status == GT_OK)
        return GT_OK;
    if (custom)
        release_context(custom);
    return tape ? gt_tape_set_error(tape, status, gt_last_error()) : status;
}

gt_status gt_record(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                    gt_tensor *const outputs[])
{
    gt_status status = check_custom("gt_record", tape, custom);
    return status == GT_OK ? record_or_release(tape, custom, count, inputs, outputs) : status;
}

/* Runs forward with recording paused, and frees what it made on the way. */
static gt_status run_forward(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                             gt_tensor *outputs[])
{
    const gt_custom *outer = tape->guard;
    gt_tensor *const *outer_guarded = tape->guarded;
    int outer_count = tape->guarded_count, paused = tape->paused;
    tape->guard = custom;
    tape->guarded = inputs;
    tape->guarded_count = count;
    tape->paused++;
    gt_scope scope = gt_scope_begin(tape);
    uint64_t failures = gt_failures();
    gt_status status = gt_explained(custom->forward(tape, inputs, outputs, custom->context), failures, custom->name);
    tape->paused = paused;
    tape->guard = outer;
    tape->guarded = outer_guarded;
    tape->guarded_count = outer_count;
    if (tape->status != GT_OK)
        return tape->status;
    if (status != GT_OK)
        return gt_tape_set_error(tape, status, gt_last_error());
    for (int i = 0; i < custom->outputs; i++)
        if (outputs[i])
            outputs[i]->holders++;
    gt_handles_discard_since(tape, scope, NULL);
    for (int i = 0; i < custom->outputs; i++)
        if (outputs[i])
            outputs[i]->holders--;
    return GT_OK;
}

gt_status gt_custom_gradient(gt_tape *tape, const gt_custom *custom, int count, gt_tensor *const inputs[],
                             gt_tensor *outputs[])
{
    for (int i = 0; custom && outputs && i < custom->outputs && i < GT_MAX_OUTPUTS; i++)
        outputs[i] = NULL;
    gt_status status = check_custom("gt_custom_gradient", tape, custom);
    if (status != GT_OK)
        return status;
    status = check_inputs(tape, custom, count, inputs, outputs);
    if (status == GT_OK && !custom->forward)
        status = gt_fail(GT_ERR_ARGUMENT, "%s: forward is NULL", custom->name);
    if (status != GT_OK)
        gt_tape_set_error(tape, status, gt_last_error());
    else
        status = run_forward(tape, custom, count, inputs, outputs);
    if (status != GT_OK)
        release_context(custom);
    else
        status = record_or_release(tape, custom, count, inputs, outputs);
    for (int i = 0; status != GT_OK && outputs && i < custom->outputs && i < GT_MAX_OUTPUTS; i++)
        outputs[i] = NULL;
    return status;
}

/* ---- checkpointing --------------------------------------------------------------------------------------------- */

typedef struct checkpoint {
    gt_checkpoint_body *body;
    void *context;
    int count;
    gt_random random; /* the stream as it was, so that dropout repeats itself */
} checkpoint;

static gt_status checkpoint_forward(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context)
{
    checkpoint *c = context;
    c->random = tape->random;
    outputs[0] = c->body(tape, inputs, c->context);
    return GT_OK;
}

/* Records the body again from its inputs alone; NULL with the tape's error set. */
static gt_tensor *recompute(gt_tape *tape, const checkpoint *c, gt_tensor *const inputs[])
{
    int depth = tape->depth, paused = tape->paused;
    gt_random random = tape->random;
    tape->depth = 1;
    tape->paused = 0;
    tape->random = c->random;
    gt_tensor *output = c->body(tape, inputs, c->context);
    tape->depth = depth;
    tape->paused = paused;
    tape->random = random;
    return output;
}

static gt_status checkpoint_vjp(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *const outputs[],
                                gt_tensor *const cotangents[], gt_tensor *gradients[], void *context)
{
    (void)outputs;
    const checkpoint *c = context;
    gt_tape_mark mark = gt_tape_here(tape);
    bool recorded = tape->options.persistent && gt_tape_is_recording(tape);
    gt_tensor *output = recompute(tape, c, inputs);
    if (!output)
        return tape->status != GT_OK ? tape->status : gt_fail(GT_ERR_ARGUMENT, "checkpoint: the body returned NULL");
    gt_tensor *source[GT_MAX_INPUTS], *gradient[GT_MAX_INPUTS] = {NULL};
    int which[GT_MAX_INPUTS], sources = 0;
    for (int i = 0; i < c->count; i++)
        if (inputs[i]->flags & GT_TENSOR_TRACKED && !is_among(inputs[i], i, inputs)) { /* given twice: counted once */
            which[sources] = i;
            source[sources++] = inputs[i];
        }
    const gt_sweep_request request = {
        .targets = 1,
        .sources = sources,
        .target = &output,
        .cotangent = cotangents,
        .source = source,
        .gradient = gradient,
        .first = mark.last ? mark.last->next : tape->first,
        .stop_at_sources = true,
    };
    gt_status status = gt_sweep(tape, &request);
    if (!recorded)
        gt_tape_rollback(tape, mark);
    for (int i = 0; status == GT_OK && i < sources; i++)
        gradients[which[i]] = gradient[i];
    return status;
}

gt_tensor *gt_checkpoint(gt_tape *tape, gt_checkpoint_body *body, void *context, int count, gt_tensor *const inputs[])
{
    if (!tape || !body)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "gt_checkpoint: the %s is NULL", tape ? "body" : "tape");
    checkpoint *c = gt_allocate(sizeof *c);
    if (!c)
        return gt_tape_fail(tape, GT_ERR_MEMORY, "gt_checkpoint: out of memory");
    *c = (checkpoint){body, context, count, {0, 0}};
    const gt_custom custom = {"checkpoint", 1, checkpoint_forward, checkpoint_vjp, gt_release, c};
    gt_tensor *output = NULL;
    gt_custom_gradient(tape, &custom, count, inputs, &output);
    return output;
}
