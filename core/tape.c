/* The tape's life: settings, recording, watching, errors, reset. */
#include "core/tape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/capture.h"
#include "core/device_internal.h"
#include "core/tape_internal.h"

gt_tape *gt_tape_new(gt_device device)
{
    return gt_tape_new_with(&(gt_tape_options){.device = device});
}

gt_tape *gt_tape_new_with(const gt_tape_options *options)
{
    const gt_tape_options defaults = {0};
    options = options ? options : &defaults;
    const gt_backend *backend = gt_backend_of(options->device);
    if (!backend)
        return NULL;
    if (options->lean && options->persistent) {
        gt_fail(GT_ERR_ARGUMENT, "gt_tape_new_with: a lean tape frees values after one gradient, so it cannot be "
                                 "persistent");
        return NULL;
    }
    gt_tape *tape = gt_allocate(sizeof *tape);
    if (!tape)
        return NULL;
    tape->options = *options;
    tape->here = options->device;
    if (backend->queue_new && !(tape->queue = backend->queue_new())) {
        gt_release(tape);
        return NULL;
    }
    tape->random = gt_random_new(options->seed, 0);
    return tape;
}

/* Lets go of all values; the handles stay as tombstones. */
static void release_handles(gt_tape *tape)
{
    for (gt_tensor *handle = tape->newest, *older; handle; handle = older) {
        older = handle->older;
        gt_handle_release(handle);
        handle->flags = GT_TENSOR_DEAD;
    }
    tape->newest = tape->spare = NULL;
}

void gt_tape_reset(gt_tape *tape)
{
    if (!tape)
        return;
    gt_customs_forget_since(tape, 0);
    release_handles(tape);
    tape->generation = 1 - tape->generation;
    gt_arena_reset(&tape->handles[tape->generation]);
    gt_arena_reset(&tape->nodes);
    tape->first = tape->last = NULL;
    tape->node_count = tape->values = 0;
    if (tape->leaves.count)
        memset(tape->leaves.slots, 0, tape->leaves.capacity * sizeof *tape->leaves.slots);
    tape->leaves.count = 0;
    tape->depth = tape->paused = 0;
    tape->used = false;
    tape->status = GT_OK;
    tape->message[0] = '\0';
}

static void free_queue(const gt_tape *tape)
{
    if (tape->queue && !tape->joined)
        gt_backend_of(tape->options.device)->queue_free(tape->queue);
}

void gt_tape_free(gt_tape *tape)
{
    if (!tape)
        return;
    if (tape->capture)
        gt_graph_free(gt_tape_capture_end(tape));
    gt_customs_forget_since(tape, 0);
    release_handles(tape);
    gt_arena_free(&tape->nodes);
    gt_arena_free(&tape->handles[0]);
    gt_arena_free(&tape->handles[1]);
    gt_pool_release(tape->leaves.slots, tape->leaves.capacity * sizeof *tape->leaves.slots);
    free_queue(tape);
    gt_release(tape);
}

void gt_tape_join(gt_tape *tape, const gt_tensor *tensor)
{
    free_queue(tape);
    tape->joined = true;
    tape->queue = atomic_load_explicit(&tensor->buffer->queue, memory_order_relaxed);
}

/* ---- errors ---------------------------------------------------------------------------------------------------- */

gt_status gt_tape_set_error(gt_tape *tape, gt_status status, const char *message)
{
    if (tape->status == GT_OK) {
        tape->status = status;
        snprintf(tape->message, sizeof tape->message, "%s", message);
    }
    return tape->status;
}

gt_tensor *gt_tape_fail(gt_tape *tape, gt_status status, const char *format, ...)
{
    char message[sizeof tape->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    gt_fail(status, "%s", message);
    if (tape)
        gt_tape_set_error(tape, status, message);
    return NULL;
}

gt_status gt_tape_status(const gt_tape *tape)
{
    return tape ? tape->status : GT_OK;
}

const char *gt_tape_message(const gt_tape *tape)
{
    return tape ? tape->message : "";
}

/* ---- recording ------------------------------------------------------------------------------------------------- */

static gt_status need_tape(const char *who, const gt_tape *tape)
{
    return tape ? GT_OK : gt_fail(GT_ERR_ARGUMENT, "%s: the tape is NULL", who);
}

/* Misuse of the tape itself sticks like an op's error, so that one check a step is enough. */
static gt_status misused(gt_tape *tape, const char *message)
{
    gt_fail(GT_ERR_STATE, "%s", message);
    gt_tape_set_error(tape, GT_ERR_STATE, message);
    return GT_ERR_STATE;
}

gt_status gt_tape_begin(gt_tape *tape)
{
    if (need_tape("gt_tape_begin", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    if (tape->used)
        return misused(tape, "gt_tape_begin: this one-shot tape gave its gradient: call gt_tape_reset first, or make "
                             "it persistent");
    tape->depth++;
    return GT_OK;
}

gt_status gt_tape_check_finite(gt_tape *tape, bool on)
{
    if (need_tape("gt_tape_check_finite", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    if (tape->capture)
        return gt_fail(GT_ERR_STATE, "gt_tape_check_finite: the tape's work is being captured");
    tape->check_finite = on;
    return GT_OK;
}

gt_status gt_tape_end(gt_tape *tape)
{
    if (need_tape("gt_tape_end", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    if (tape->depth == 0)
        return misused(tape, "gt_tape_end: without gt_tape_begin");
    tape->depth--;
    return GT_OK;
}

gt_status gt_tape_pause(gt_tape *tape)
{
    if (need_tape("gt_tape_pause", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    tape->paused++;
    return GT_OK;
}

gt_status gt_tape_resume(gt_tape *tape)
{
    if (need_tape("gt_tape_resume", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    if (tape->paused == 0)
        return misused(tape, "gt_tape_resume: without gt_tape_pause");
    tape->paused--;
    return GT_OK;
}

bool gt_tape_recording(const gt_tape *tape)
{
    return tape && gt_tape_is_recording(tape);
}

gt_status gt_tape_watch(gt_tape *tape, gt_tensor *tensor)
{
    if (need_tape("gt_tape_watch", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    if (tape->status != GT_OK)
        return tape->status;
    gt_status status = gt_tensor_readable("gt_tape_watch", tensor);
    if (status == GT_OK && !gt_dtype_is_real(tensor->spec.dtype))
        status = gt_fail(GT_ERR_DTYPE, "gt_tape_watch: %s has no derivative: only float tensors can be watched",
                         gt_dtype_name(tensor->spec.dtype));
    gt_tensor *handle = NULL;
    if (status == GT_OK) {
        handle = gt_leaf_of(tape, tensor);
        status = handle ? GT_OK : GT_ERR_MEMORY;
        if (handle && handle->flags & GT_TENSOR_CONSTANT && !(handle->flags & GT_TENSOR_TRACKED))
            status = gt_fail(GT_ERR_STATE,
                             "gt_tape_watch: %s was already used as a constant: watch it before its "
                             "first use",
                             gt_tensor_label(tensor).text);
    }
    if (status != GT_OK)
        return gt_tape_set_error(tape, status, gt_last_error());
    if (!(handle->flags & GT_TENSOR_TRACKED)) {
        gt_handle_track(tape, handle, tape->last);
        handle->flags |= GT_TENSOR_WATCHED;
    }
    gt_leaf_attach(handle, tensor);
    return GT_OK;
}

static bool is_watched(const gt_tensor *handle)
{
    return handle->flags & GT_TENSOR_TRACKED && handle->flags & (GT_TENSOR_LEAF | GT_TENSOR_WATCHED);
}

int gt_tape_watched(const gt_tape *tape, int capacity, gt_tensor **tensors)
{
    int count = 0;
    for (gt_tensor *handle = tape ? tape->newest : NULL; handle; handle = handle->older)
        count += is_watched(handle);
    int at = count;
    for (gt_tensor *handle = tape ? tape->newest : NULL; handle; handle = handle->older)
        if (is_watched(handle) && --at < capacity)
            tensors[at] = handle;
    return count;
}

gt_status gt_tape_pin(gt_tape *tape, gt_tensor *tensor)
{
    if (need_tape("gt_tape_pin", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    if (tape->status != GT_OK)
        return tape->status;
    gt_status status = gt_tensor_readable("gt_tape_pin", tensor);
    if (status == GT_OK && tensor->tape != tape)
        status = gt_fail(GT_ERR_ARGUMENT, "gt_tape_pin: %s is no result of this tape", gt_tensor_label(tensor).text);
    if (status != GT_OK)
        return gt_tape_set_error(tape, status, gt_last_error());
    tensor->flags |= GT_TENSOR_PINNED;
    return GT_OK;
}

gt_status gt_tape_seed(gt_tape *tape, uint64_t seed)
{
    if (need_tape("gt_tape_seed", tape) != GT_OK)
        return GT_ERR_ARGUMENT;
    tape->random = gt_random_new(seed, 0);
    return GT_OK;
}

gt_random gt_tape_random(gt_tape *tape, uint64_t blocks)
{
    if (!tape)
        return (gt_random){0};
    if (tape->capture) {
        gt_tape_fail(tape, GT_ERR_STATE, "random numbers cannot be captured in a graph: each launch would repeat them");
        return (gt_random){0};
    }
    return (gt_random){tape->random.key, gt_random_take(&tape->random, blocks)};
}

int64_t gt_tape_length(const gt_tape *tape)
{
    return tape ? tape->node_count : 0;
}

size_t gt_tape_overhead(const gt_tape *tape)
{
    return tape ? tape->nodes.reserved + tape->handles[0].reserved + tape->handles[1].reserved : 0;
}
