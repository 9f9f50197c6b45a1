/* Capturing a step, and timing one. */
#include "core/capture.h"

#include <string.h>

#include "core/clock.h"
#include "core/device_internal.h"
#include "core/tape_internal.h"

/* Memory from outside that the work uses: what others ask of it must be done before a launch. */
typedef struct use {
    gt_buffer *buffer;
    bool written;
} use;

struct gt_graph {
    const gt_backend *backend;
    gt_queue *queue;
    uint32_t number; /* of the capture: its buffers bear it */
    gt_device_graph *graph;
    use *uses;
    int count, capacity;
};

static _Thread_local gt_graph *capturing;

uint32_t gt_capture_number(const gt_queue *queue)
{
    return capturing && capturing->queue == queue ? capturing->number : 0;
}

static gt_status more_room(gt_graph *graph)
{
    const int capacity = graph->capacity ? 2 * graph->capacity : 64;
    use *uses = gt_allocate((size_t)capacity * sizeof *uses);
    if (!uses)
        return GT_ERR_MEMORY;
    if (graph->count)
        memcpy(uses, graph->uses, (size_t)graph->count * sizeof *uses);
    gt_release(graph->uses);
    graph->uses = uses;
    graph->capacity = capacity;
    return GT_OK;
}

static gt_status note(gt_graph *graph, gt_buffer *buffer, bool written)
{
    for (int i = 0; i < graph->count; i++)
        if (graph->uses[i].buffer == buffer) {
            graph->uses[i].written |= written;
            return GT_OK;
        }
    if (graph->count == graph->capacity && more_room(graph) != GT_OK)
        return GT_ERR_MEMORY;
    graph->uses[graph->count++] = (use){gt_buffer_hold(buffer), written};
    return GT_OK;
}

gt_status gt_capture_note(const gt_queue *queue, const gt_op *op, int inputs, gt_tensor *const input[])
{
    if (!capturing || capturing->queue != queue)
        return GT_OK;
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < inputs; i++)
        if (input[i]->device != GT_CPU && input[i]->buffer->capture != capturing->number)
            status = note(capturing, input[i]->buffer, op->writes & GT_INPUT(i));
    return status;
}

gt_status gt_tape_capture_begin(gt_tape *tape)
{
    if (!tape)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tape_capture_begin: the tape is NULL");
    const gt_backend *backend = gt_backend_of(tape->options.device);
    if (!backend->capture_begin)
        return gt_fail(GT_ERR_UNSUPPORTED, "gt_tape_capture_begin: the %s does not offer it",
                       gt_device_name(tape->options.device));
    if (capturing)
        return gt_fail(GT_ERR_STATE, "gt_tape_capture_begin: this thread captures a step already");
    if (gt_tape_is_watched(tape))
        return gt_fail(GT_ERR_STATE, "gt_tape_capture_begin: the ops are looked at one by one (a profile, or "
                                     "gt_tape_check_finite)");
    static atomic_uint_fast32_t last;
    gt_graph *graph = gt_allocate(sizeof *graph);
    if (!graph)
        return GT_ERR_MEMORY;
    graph->backend = backend;
    graph->queue = tape->queue;
    graph->number = (uint32_t)atomic_fetch_add(&last, 1) + 1;
    gt_status status = backend->capture_begin(tape->queue);
    if (status != GT_OK) {
        gt_graph_free(graph);
        return status;
    }
    capturing = tape->capture = graph;
    return GT_OK;
}

gt_graph *gt_tape_capture_end(gt_tape *tape)
{
    if (!tape || !tape->capture) {
        gt_fail(tape ? GT_ERR_STATE : GT_ERR_ARGUMENT, "gt_tape_capture_end: %s",
                tape ? "no capture was begun" : "the tape is NULL");
        return NULL;
    }
    gt_graph *graph = tape->capture;
    capturing = tape->capture = NULL;
    graph->graph = graph->backend->capture_end(graph->queue);
    if (graph->graph && tape->status == GT_OK)
        return graph;
    gt_graph_free(graph);
    if (tape->status != GT_OK)
        gt_fail(tape->status, "%s", tape->message);
    return NULL;
}

gt_status gt_graph_launch(gt_graph *graph)
{
    if (!graph)
        return gt_fail(GT_ERR_ARGUMENT, "gt_graph_launch: the graph is NULL");
    for (int i = 0; i < graph->count; i++) {
        gt_status status = gt_buffer_use(graph->uses[i].buffer, graph->queue);
        if (status != GT_OK)
            return status;
        if (graph->uses[i].written)
            gt_buffer_written(graph->uses[i].buffer);
    }
    return graph->backend->graph_launch(graph->graph);
}

void gt_graph_free(gt_graph *graph)
{
    if (!graph)
        return;
    if (graph->graph)
        graph->backend->graph_free(graph->graph);
    for (int i = 0; i < graph->count; i++)
        gt_buffer_drop(graph->uses[i].buffer);
    gt_release(graph->uses);
    gt_release(graph);
}

/* ---- time ------------------------------------------------------------------------------------------------------- */

gt_status gt_tape_time_begin(gt_tape *tape)
{
    if (!tape)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tape_time_begin: the tape is NULL");
    const gt_backend *backend = gt_backend_of(tape->options.device);
    tape->began = 1e-6 * (double)gt_nanoseconds();
    return backend->time_begin ? backend->time_begin(tape->queue) : GT_OK;
}

gt_status gt_tape_time_end(gt_tape *tape, double *milliseconds)
{
    if (!tape || !milliseconds)
        return gt_fail(GT_ERR_ARGUMENT, "gt_tape_time_end: the %s is NULL", tape ? "result" : "tape");
    const gt_backend *backend = gt_backend_of(tape->options.device);
    if (backend->time_end)
        return backend->time_end(tape->queue, milliseconds);
    *milliseconds = 1e-6 * (double)gt_nanoseconds() - tape->began;
    return GT_OK;
}
