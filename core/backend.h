/* Backends: what makes a device of a shared object. For authors of backends; users need core/device.h alone.
 *
 * The shared object libgradtape_<device> exports gt_backend_open. It gets the core's functions as a table and links no
 * core of its own; it fills the slots of the ops that it has kernels for (core/op.h) and gives back its own functions.
 */
#ifndef GT_BACKEND_H
#define GT_BACKEND_H

#include "device.h"
#include "op.h"

GT_PUBLIC_BEGIN

/* Raised with every change of gt_core, gt_backend, gt_call, gt_op, gt_spec, or an attribute struct. */
#define GT_BACKEND_ABI 1

typedef struct gt_broadcast gt_broadcast;
typedef struct gt_reduction gt_reduction;

/* What the core gives to a backend: its functions of the same names. */
typedef struct gt_core {
    int abi;
    gt_status (*fail)(gt_status status, const char *message);
    const gt_op *(*op_find)(const char *name);
    void *(*call_scratch)(const gt_call *call, size_t bytes);
    int64_t (*shape_size)(const gt_shape *shape);
    size_t (*dtype_size)(gt_dtype dtype);
    void *(*allocate)(size_t bytes);
    void (*release)(void *object);
    bool (*tf32_allowed)(void);
    void (*broadcast_plan)(gt_broadcast *plan, const gt_shape *output, int operands, const gt_shape *const operand[]);
    void (*reduction_plan)(gt_reduction *plan, const gt_shape *shape, uint32_t axes);
} gt_core;

/* What was queued between a capture's begin and end, to be queued again as a whole. */
typedef struct gt_device_graph gt_device_graph;

/* What a backend gives to the core. Its functions set the message and return NULL or a status on failure. A queue is
 * work that is done in the order it was asked for, beside that of other queues; NULL is the backend's own queue. */
typedef struct gt_backend {
    gt_device device;
    /* GT_OK if the device can be used now. */
    gt_status (*probe)(void);
    gt_status (*describe)(gt_device_description *description);

    /* Memory that work of this queue may use at once, and from release on for other work of it. */
    void *(*allocate)(gt_queue *queue, size_t bytes);
    void (*release)(gt_queue *queue, void *memory, size_t bytes);
    gt_status (*limit)(size_t bytes);
    gt_status (*trim)(void);
    void (*statistics)(gt_device_statistics *statistics);

    /* copy_in has read the host's memory when it returns; copy_out has written it, and reports what kernels found. */
    gt_status (*copy_in)(gt_queue *queue, void *to, const void *from_host, size_t bytes);
    gt_status (*copy_out)(gt_queue *queue, void *to_host, const void *from, size_t bytes);
    gt_status (*copy)(gt_queue *queue, void *to, const void *from, size_t bytes);

    /* A freed queue is waited for; the pointer stays good for follow. */
    gt_queue *(*queue_new)(void);
    void (*queue_free)(gt_queue *queue);
    /* What is asked of `queue` from now on is done after what was asked of `earlier` so far. */
    gt_status (*follow)(gt_queue *queue, gt_queue *earlier);
    /* Waits for the queue, and reports what its kernels found; NULL waits for all queues. */
    gt_status (*synchronize)(gt_queue *queue);

    /* Milliseconds that the queue took between the two calls; the second waits. */
    gt_status (*time_begin)(gt_queue *queue);
    gt_status (*time_end)(gt_queue *queue, double *milliseconds);

    /* Between the two calls, work is noted instead of done. The graph keeps the memory that its work uses. */
    gt_status (*capture_begin)(gt_queue *queue);
    gt_device_graph *(*capture_end)(gt_queue *queue);
    gt_status (*graph_launch)(gt_device_graph *graph);
    void (*graph_free)(gt_device_graph *graph);
} gt_backend;

typedef const gt_backend *gt_backend_opener(const gt_core *core);
#define GT_BACKEND_OPENER "gt_backend_open"

/* Makes a device available; `backend` must outlive its tensors. GT_ERR_ARGUMENT for the CPU, which is always there,
 * or where the device already has one; a missing function is an error, but for the last seven (from queue_new on; then
 * work is done when it is asked for), probe, describe, limit, trim and statistics. gt_backend_unregister takes it
 * back. */
gt_status gt_backend_register(const gt_backend *backend);
void gt_backend_unregister(gt_device device);

GT_PUBLIC_END

#endif
