/* Queues: a stream for every tape, what waits for what, and what kernels report. */
#include <new>

#include "cuda/kernel.h"
#include "cuda/runtime.h"

/* Guards the lists of queues, and marks, which several threads may ask for. */
static std::mutex lock;
static std::vector<gt_queue *> all_queues, spare_queues;
static gt_queue *own_queue;

static void destroy(gt_queue *queue)
{
    for (cudaEvent_t event : {queue->mark, queue->from, queue->to})
        if (event)
            cudaEventDestroy(event);
    if (queue->stream)
        cudaStreamDestroy(queue->stream);
    delete queue;
}

static gt_queue *make()
{
    gt_queue *queue = new (std::nothrow) gt_queue();
    if (!queue) {
        gt_fail(GT_ERR_MEMORY, "out of memory for a queue");
        return nullptr;
    }
    gt_status status = gt_cuda_check(cudaStreamCreateWithFlags(&queue->stream, cudaStreamNonBlocking), "a new stream");
    if (status == GT_OK)
        status = gt_cuda_check(cudaEventCreateWithFlags(&queue->mark, cudaEventDisableTiming), "a new event");
    if (status == GT_OK)
        status = gt_cuda_check(cudaEventCreate(&queue->from), "a new event");
    if (status == GT_OK)
        status = gt_cuda_check(cudaEventCreate(&queue->to), "a new event");
    if (status != GT_OK) {
        destroy(queue);
        return nullptr;
    }
    all_queues.push_back(queue);
    return queue;
}

gt_queue *gt_queue_of(gt_queue *queue)
{
    if (queue)
        return queue;
    const std::lock_guard<std::mutex> guard(lock);
    if (!own_queue)
        own_queue = make();
    return own_queue;
}

gt_queue *gt_queue_new()
{
    const std::lock_guard<std::mutex> guard(lock);
    if (spare_queues.empty())
        return make();
    gt_queue *queue = spare_queues.back();
    spare_queues.pop_back();
    return queue;
}

void gt_queue_free(gt_queue *queue)
{
    if (!queue)
        return;
    gt_device_graph *unfinished = queue->capture ? gt_capture_end(queue) : nullptr;
    if (unfinished)
        gt_graph_drop(unfinished);
    gt_queue_synchronize(queue);
    const std::lock_guard<std::mutex> guard(lock);
    spare_queues.push_back(queue);
}

gt_status gt_refuse_capture(const gt_queue *queue, const char *what)
{
    return queue->capture ? gt_fail(GT_ERR_STATE, "%s cannot be captured in a graph", what) : GT_OK;
}

gt_status gt_queue_follow(gt_queue *queue, gt_queue *earlier)
{
    queue = gt_queue_of(queue);
    earlier = gt_queue_of(earlier);
    if (!queue || !earlier)
        return GT_ERR_DEVICE;
    if (queue == earlier)
        return GT_OK;
    gt_status status = gt_refuse_capture(earlier, "what another queue waits for");
    /* A capture is launched later than now: it is enough that the host waits. */
    if (status == GT_OK && queue->capture) {
        gt_counts.waits++;
        return gt_cuda_check(cudaStreamSynchronize(earlier->stream), "waiting for a stream");
    }
    const std::lock_guard<std::mutex> guard(lock);
    if (status == GT_OK)
        status = gt_cuda_check(cudaEventRecord(earlier->mark, earlier->stream), "recording an event");
    if (status == GT_OK)
        status = gt_cuda_check(cudaStreamWaitEvent(queue->stream, earlier->mark, 0), "waiting for an event");
    return status;
}

/* ---- what kernels report ----------------------------------------------------------------------------------------- */

static gt_status fault_message(const gt_fault *fault, unsigned long long key)
{
    const long long position = (long long)(key >> 32);
    const int value = (int)(uint32_t)key;
    const char *name = fault->op->name;
    if (fault->kind == GT_BAD_LABEL)
        return gt_fail(GT_ERR_VALUE, "%s: label %d at %lld is outside 0..%lld", name, value, position,
                       (long long)fault->bound - 1);
    if (fault->kind == GT_BAD_NUMBER) {
        float number;
        memcpy(&number, &value, sizeof number);
        return gt_fail(GT_ERR_VALUE, "%s: %g at position %lld, expected a whole number 0 <= index < %lld", name,
                       (double)number, position, (long long)fault->bound);
    }
    return gt_fail(GT_ERR_VALUE, "%s: index %d at position %lld, expected 0 <= index < %lld", name, value, position,
                   (long long)fault->bound);
}

/* The first of what was reported, of which nothing is left then. The caller holds the queue's lock. */
static gt_status take_faults(gt_queue *queue)
{
    unsigned long long keys[GT_FAULTS];
    const size_t bytes = (size_t)queue->fault_count * sizeof *keys;
    gt_status status = gt_cuda_check(cudaMemcpyAsync(keys, queue->keys, bytes, cudaMemcpyDeviceToHost, queue->stream),
                                     "reading what kernels report");
    if (status == GT_OK)
        status = gt_cuda_check(cudaStreamSynchronize(queue->stream), "waiting for the device");
    if (status != GT_OK)
        return status;
    for (int i = 0; i < queue->fault_count; i++) {
        if (keys[i] == ~0ull)
            continue;
        status = gt_cuda_check(cudaMemsetAsync(queue->keys, 0xff, bytes, queue->stream), "what kernels report");
        return status == GT_OK ? fault_message(&queue->faults[i], keys[i]) : status;
    }
    return GT_OK;
}

/* The caller holds the queue's lock. */
static gt_status synchronize_one(gt_queue *queue)
{
    gt_status status = gt_refuse_capture(queue, "waiting for the device");
    if (status != GT_OK)
        return status;
    gt_counts.waits++;
    if (queue->fault_count)
        return take_faults(queue);
    return gt_cuda_check(cudaStreamSynchronize(queue->stream), "waiting for the device");
}

unsigned long long *gt_cuda_value_key(const gt_call *call, gt_bad_value kind, int64_t bound)
{
    gt_queue *queue = gt_queue_of(call->queue);
    if (!queue)
        return nullptr;
    const std::lock_guard<std::mutex> guard(queue->lock);
    const size_t bytes = GT_FAULTS * sizeof *queue->keys;
    if (!queue->keys) {
        if (gt_refuse_capture(queue, "a tape's first op with labels or indices") != GT_OK)
            return nullptr;
        queue->keys = static_cast<unsigned long long *>(gt_memory_allocate(queue, bytes));
        if (!queue->keys ||
            gt_cuda_check(cudaMemsetAsync(queue->keys, 0xff, bytes, queue->stream), call->op->name) != GT_OK)
            return nullptr;
    }
    for (int i = 0; i < queue->fault_count; i++) {
        const gt_fault *fault = &queue->faults[i];
        if (fault->op == call->op && fault->kind == (int)kind && fault->bound == bound)
            return queue->keys + i;
    }
    /* Too many kinds: those before are looked at, and their keys used again, but for those that graphs hold. */
    if (queue->fault_count == GT_FAULTS) {
        if (synchronize_one(queue) != GT_OK)
            return nullptr;
        queue->fault_count = queue->captured_faults;
    }
    if (queue->fault_count == GT_FAULTS) {
        gt_fail(GT_ERR_UNSUPPORTED, "%s: more than %d bounds of labels and indices are captured in graphs",
                call->op->name, (int)GT_FAULTS);
        return nullptr;
    }
    queue->faults[queue->fault_count] = gt_fault{call->op, (int)kind, bound};
    return queue->keys + queue->fault_count++;
}

gt_status gt_queue_synchronize(gt_queue *queue)
{
    if (queue) {
        const std::lock_guard<std::mutex> guard(queue->lock);
        return synchronize_one(queue);
    }
    std::vector<gt_queue *> queues;
    {
        const std::lock_guard<std::mutex> guard(lock);
        queues = all_queues;
    }
    gt_status status = GT_OK;
    for (gt_queue *each : queues) {
        const std::lock_guard<std::mutex> guard(each->lock);
        const gt_status waited = each->capture ? GT_OK : synchronize_one(each);
        status = status == GT_OK ? waited : status;
    }
    return status;
}

/* ---- time ----------------------------------------------------------------------------------------------------------
 */

gt_status gt_queue_time_begin(gt_queue *queue)
{
    queue = gt_queue_of(queue);
    return queue ? gt_cuda_check(cudaEventRecord(queue->from, queue->stream), "timing") : GT_ERR_DEVICE;
}

gt_status gt_queue_time_end(gt_queue *queue, double *milliseconds)
{
    queue = gt_queue_of(queue);
    if (!queue)
        return GT_ERR_DEVICE;
    float elapsed = 0;
    gt_counts.waits++;
    gt_status status = gt_cuda_check(cudaEventRecord(queue->to, queue->stream), "timing");
    if (status == GT_OK)
        status = gt_cuda_check(cudaEventSynchronize(queue->to), "timing");
    if (status == GT_OK)
        status = gt_cuda_check(cudaEventElapsedTime(&elapsed, queue->from, queue->to), "timing");
    *milliseconds = (double)elapsed;
    return status;
}

/* ---- launches ------------------------------------------------------------------------------------------------------
 */

cudaStream_t gt_cuda_stream(const gt_call *call)
{
    gt_queue *queue = gt_queue_of(call->queue);
    return queue ? queue->stream : nullptr;
}

gt_status gt_cuda_launched(const gt_call *call)
{
    gt_counts.launches++;
    return gt_cuda_check(cudaGetLastError(), call->op->name);
}
