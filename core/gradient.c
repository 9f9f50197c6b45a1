/* Asking a tape for gradients: checks, messages, and the reason where there is none. */
#include <stdio.h>

#include "core/tape_internal.h"

/* A failed request leaves its message on the tape, but does not stick: the tape is as it was before. */
static gt_status failed(gt_tape *tape, gt_status status)
{
    tape->status = GT_OK;
    snprintf(tape->message, sizeof tape->message, "%s", gt_last_error());
    return status;
}

static gt_status check_real(const char *role, int i, const gt_tensor *tensor)
{
    if (!tensor)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tape_gradient: %s %d is NULL", role, i);
    if (tensor->flags & GT_TENSOR_DEAD)
        return gt_fail(GT_ERR_STATE, "gt_tape_gradient: %s %d belongs to a step that was reset", role, i);
    if (!gt_dtype_is_real(tensor->spec.dtype))
        return gt_fail(GT_ERR_DTYPE, "gt_tape_gradient: %s %d is %s, which has no derivative", role, i,
                       gt_dtype_name(tensor->spec.dtype));
    return GT_OK;
}

static gt_status check_cotangent(int i, const gt_tensor *target, const gt_tensor *cotangent)
{
    if (!cotangent)
        return GT_OK;
    gt_status status = gt_tensor_readable("gt_tape_gradient: cotangent", cotangent);
    if (status != GT_OK)
        return status;
    if (cotangent->device != target->device)
        return gt_fail(GT_ERR_DEVICE, "gt_tape_gradient: cotangent %d lies on %s, its target on %s", i,
                       gt_device_name((gt_device)cotangent->device), gt_device_name((gt_device)target->device));
    if (cotangent->spec.dtype != target->spec.dtype || !gt_shape_equal(&cotangent->spec.shape, &target->spec.shape))
        return gt_fail(GT_ERR_SHAPE, "gt_tape_gradient: cotangent %d is %s %s, its target %s %s", i,
                       gt_dtype_name(cotangent->spec.dtype), gt_shape_text(&cotangent->spec.shape).text,
                       gt_dtype_name(target->spec.dtype), gt_shape_text(&target->spec.shape).text);
    return GT_OK;
}

static gt_status check_request(const gt_tape *tape, const gt_sweep_request *request)
{
    if (tape->used)
        return gt_fail(GT_ERR_STATE, "gt_tape_gradient: a one-shot tape gives one gradient: make it persistent, or "
                                     "reset it and record again");
    if (request->targets < 1 || request->sources < 0 || !request->target || !request->source || !request->gradient)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tape_gradient: %s",
                       request->targets < 1 || request->sources < 0 ? "a negative count" : "an array is NULL");
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < request->targets; i++) {
        status = check_real("target", i, request->target[i]);
        if (status == GT_OK && request->cotangent)
            status = check_cotangent(i, request->target[i], request->cotangent[i]);
    }
    for (int i = 0; status == GT_OK && i < request->sources; i++)
        status = check_real("source", i, request->source[i]);
    return status;
}

gt_status gt_tape_gradient_with(gt_tape *tape, gt_tensor *const targets[], int count, gt_tensor *const sources[],
                                gt_tensor *gradients[], const gt_gradient_options *options)
{
    for (int i = 0; gradients && i < count; i++)
        gradients[i] = NULL;
    if (!tape)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tape_gradient: the tape is NULL");
    if (tape->status != GT_OK)
        return gt_fail(tape->status, "%s", tape->message);
    const gt_gradient_options defaults = {0};
    options = options ? options : &defaults;
    const gt_sweep_request request = {
        .targets = options->targets ? options->targets : 1,
        .sources = count,
        .target = targets,
        .cotangent = options->cotangents,
        .source = sources,
        .gradient = gradients,
        .zeros = options->zeros_where_unconnected,
        .stop_at_sources = options->stop_at_sources,
        .retain = options->retain,
    };
    gt_status status = check_request(tape, &request);
    if (status == GT_OK)
        status = gt_sweep(tape, &request);
    if (status != GT_OK)
        return failed(tape, status);
    tape->used = !tape->options.persistent && !options->retain;
    tape->message[0] = '\0'; /* of an earlier request that failed */
    return GT_OK;
}

gt_status gt_tape_gradient(gt_tape *tape, gt_tensor *target, int count, gt_tensor *const sources[],
                           gt_tensor *gradients[])
{
    return gt_tape_gradient_with(tape, &target, count, sources, gradients, NULL);
}

/* ---- why not --------------------------------------------------------------------------------------------------- */

/* Why the tape cannot differentiate at this end; NULL if it can. */
static const char *why_not_tracked(gt_tape *tape, const char *role, const gt_tensor *tensor)
{
    const gt_tensor *own = tensor->tape == tape ? tensor : gt_leaf_find(tape, tensor);
    if (own && own->flags & GT_TENSOR_TRACKED)
        return NULL;
    const char *reason = "was never used by this tape";
    if (own && own->flags & GT_TENSOR_LEAF)
        reason = "was used as a constant: gt_tape_watch it before its first use";
    else if (own)
        reason = "was computed while the tape was not recording, from nothing that is watched, or through integers";
    else if (tensor->tape)
        reason = "is a result of another tape, which is a constant to this one";
    snprintf(tape->why, sizeof tape->why, "%s %s %s", role, gt_tensor_label(tensor).text, reason);
    return tape->why;
}

/* Whether some path of ops leads from source to target. */
static bool depends(const gt_tape *tape, gt_tensor *target, gt_tensor *source)
{
    const gt_tensor *from = source->tape == tape ? source : gt_leaf_find(tape, source);
    const gt_tensor *to = target->tape == tape ? target : gt_leaf_find(tape, target);
    if (from == to)
        return true;
    size_t bytes = (size_t)tape->values + 1;
    uint8_t *reached = gt_allocate(bytes);
    if (!reached)
        return true; /* the sweep will report it */
    reached[from->value] = 1;
    for (const gt_node *node = tape->first; node; node = node->next) {
        uint8_t any = 0;
        for (int i = 0; i < node->inputs; i++)
            any |= node->operand[i]->value ? reached[node->operand[i]->value] : 0;
        for (int i = node->inputs; any && i < node->inputs + node->outputs; i++)
            reached[node->operand[i]->value] = 1;
    }
    bool answer = reached[to->value];
    gt_release(reached);
    return answer;
}

/* A one-shot tape that gave its gradient cannot be swept again, but the source remembers. */
static int was_answered(const gt_tape *tape, const gt_tensor *source)
{
    const gt_tensor *own = source->tape == tape ? source : gt_leaf_find(tape, source);
    return (own->flags & GT_TENSOR_ANSWERED) != 0;
}

/* 1 if a sweep gives a gradient, 0 if none arrives, -1 with the reason in tape->why if it fails. */
static int probe(gt_tape *tape, gt_tensor *target, gt_tensor *source)
{
    gt_tensor *gradient = NULL;
    gt_scope scope = gt_scope_begin(tape);
    const gt_sweep_request request = {
        .targets = 1, .sources = 1, .target = &target, .source = &source, .gradient = &gradient, .retain = true};
    tape->paused++;
    gt_status status = gt_sweep(tape, &request);
    tape->paused--;
    if (status != GT_OK) {
        snprintf(tape->why, sizeof tape->why, "%s", gt_last_error());
        tape->status = GT_OK;
        tape->message[0] = '\0';
        return -1;
    }
    gt_handles_discard_since(tape, scope, NULL);
    return gradient != NULL;
}

const char *gt_tape_why_no_gradient(gt_tape *tape, gt_tensor *target, gt_tensor *source)
{
    if (!tape || !target || !source)
        return !tape ? "the tape is NULL" : !target ? "the target is NULL" : "the source is NULL";
    if (tape->status != GT_OK) {
        snprintf(tape->why, sizeof tape->why, "the tape failed: %.360s", tape->message);
        return tape->why;
    }
    gt_tensor *ends[] = {target, source};
    const char *roles[] = {"the target", "the source"};
    for (int i = 0; i < 2; i++) {
        const gt_tensor *end = ends[i];
        if (end->flags & GT_TENSOR_DEAD) {
            snprintf(tape->why, sizeof tape->why, "%s belongs to a step that was reset", roles[i]);
            return tape->why;
        }
        if (!gt_dtype_is_real(end->spec.dtype)) {
            snprintf(tape->why, sizeof tape->why, "%s is %s: integers have no derivative", roles[i],
                     gt_dtype_name(end->spec.dtype));
            return tape->why;
        }
    }
    const char *reason = why_not_tracked(tape, roles[0], target);
    reason = reason ? reason : why_not_tracked(tape, roles[1], source);
    if (reason)
        return reason;
    if (!depends(tape, target, source)) {
        snprintf(tape->why, sizeof tape->why, "the target does not depend on %s", gt_tensor_label(source).text);
        return tape->why;
    }
    int answer = tape->used ? was_answered(tape, source) : probe(tape, target, source);
    if (answer > 0)
        return "";
    if (answer == 0)
        snprintf(tape->why, sizeof tape->why, "every path from %s is structurally zero (a stop_gradient, a sign, ...)",
                 gt_tensor_label(source).text);
    return tape->why;
}
