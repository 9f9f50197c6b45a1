/* Streams, events, and graphs. A stream is a queue of work; in deferred mode, work waits in it until it is needed. */
#include <time.h>

#include <algorithm>
#include <deque>
#include <vector>

#include "engine.h"

struct CUgraph_st {
    std::vector<simt_work> work;
};

struct CUgraphExec_st {
    std::vector<simt_work> work;
};

struct CUstream_st {
    std::deque<simt_work> work;
    CUgraph_st *capture; /* NULL: nothing is captured */
    bool spoiled;
};

/* One recording of an event. Who waits for it keeps it, whatever becomes of the event. */
struct simt_record {
    cudaStream_t stream;
    bool reached;
    double time; /* milliseconds */
};

struct CUevent_st {
    std::shared_ptr<simt_record> last; /* NULL: never recorded */
    const CUgraph_st *captured;        /* the graph that it was recorded in last; NULL: none */
};

namespace
{

CUstream_st default_stream;
std::vector<cudaStream_t> streams;

cudaStream_t actual(cudaStream_t stream)
{
    return stream ? stream : &default_stream;
}

double clock_milliseconds()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

void run(const simt_work &work)
{
    simt_open_memory();
    work();
    simt_close_memory();
}

void run_next(cudaStream_t stream)
{
    const simt_work work = std::move(stream->work.front());
    stream->work.pop_front();
    run(work);
}

void drain(cudaStream_t stream)
{
    while (!stream->work.empty())
        run_next(stream);
}

/* Does as much of the record's stream as it needs. */
void reach(const simt_record &record)
{
    while (!record.reached && !record.stream->work.empty())
        run_next(record.stream);
}

} // namespace

cudaError_t simt_enqueue(cudaStream_t stream, simt_work work)
{
    stream = actual(stream);
    if (stream->capture)
        stream->capture->work.push_back(std::move(work));
    else if (simt_is_deferred())
        stream->work.push_back(std::move(work));
    else
        run(work);
    return cudaSuccess;
}

bool simt_is_capturing(cudaStream_t stream)
{
    return actual(stream)->capture != nullptr;
}

cudaError_t simt_spoil_capture(cudaStream_t stream)
{
    actual(stream)->spoiled = true;
    return simt_error(cudaErrorStreamCaptureUnsupported);
}

cudaError_t simt_wait_for(cudaStream_t stream)
{
    if (simt_is_capturing(stream))
        return simt_spoil_capture(stream);
    drain(actual(stream));
    return cudaSuccess;
}

void simt_wait_for_all()
{
    drain(&default_stream);
    for (const cudaStream_t stream : streams)
        drain(stream);
}

/* ---- streams
 * ---------------------------------------------------------------------------------------------------------- */

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    const simt_guard guard(simt_lock);
    (void)flags; /* the default stream waits for no other here: the project does not use it */
    *stream = new CUstream_st();
    streams.push_back(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    drain(stream);
    streams.erase(std::find(streams.begin(), streams.end(), stream));
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    return simt_wait_for(stream);
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    if (simt_is_capturing(stream))
        return simt_spoil_capture(stream);
    return actual(stream)->work.empty() ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaDeviceSynchronize()
{
    const simt_guard guard(simt_lock);
    cudaError_t error = cudaSuccess;
    for (const cudaStream_t stream : streams)
        if (stream->capture)
            error = simt_spoil_capture(stream);
    if (error == cudaSuccess)
        simt_wait_for_all();
    return error;
}

/* ---- events
 * ------------------------------------------------------------------------------------------------------------ */

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
    const simt_guard guard(simt_lock);
    (void)flags;
    *event = new CUevent_st();
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    const simt_guard guard(simt_lock);
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    event->captured = actual(stream)->capture;
    if (event->captured)
        return cudaSuccess;
    const auto record = std::make_shared<simt_record>(simt_record{actual(stream), false, 0});
    event->last = record;
    return simt_enqueue(stream, [=] {
        record->reached = true;
        record->time = clock_milliseconds();
    });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
    const simt_guard guard(simt_lock);
    (void)flags;
    const CUgraph_st *capture = actual(stream)->capture;
    if (capture && event->captured == capture)
        return cudaSuccess; /* one stream's work is in order anyway */
    if (capture || event->captured) {
        actual(stream)->spoiled = capture != nullptr;
        return simt_error(cudaErrorStreamCaptureIsolation);
    }
    const std::shared_ptr<const simt_record> record = event->last;
    return record ? simt_enqueue(stream, [=] { reach(*record); }) : cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    const simt_guard guard(simt_lock);
    if (event->captured)
        return simt_error(cudaErrorCapturedEvent);
    return !event->last || event->last->reached ? cudaSuccess : cudaErrorNotReady;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    const simt_guard guard(simt_lock);
    if (event->captured)
        return simt_error(cudaErrorCapturedEvent);
    if (event->last)
        reach(*event->last);
    return cudaSuccess;
}

cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to)
{
    const simt_guard guard(simt_lock);
    if (!from->last || !to->last)
        return simt_error(cudaErrorInvalidResourceHandle);
    if (!from->last->reached || !to->last->reached)
        return cudaErrorNotReady;
    *milliseconds = (float)(to->last->time - from->last->time);
    return cudaSuccess;
}

/* ---- graphs
 * ------------------------------------------------------------------------------------------------------------ */

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode)
{
    const simt_guard guard(simt_lock);
    (void)mode;
    if (!stream || stream->capture)
        return simt_error(cudaErrorIllegalState);
    stream->capture = new CUgraph_st();
    stream->spoiled = false;
    return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    const simt_guard guard(simt_lock);
    *graph = nullptr;
    if (!stream || !stream->capture)
        return simt_error(cudaErrorIllegalState);
    CUgraph_st *captured = stream->capture;
    stream->capture = nullptr;
    if (stream->spoiled) {
        delete captured;
        return simt_error(cudaErrorStreamCaptureInvalidated);
    }
    *graph = captured;
    return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status)
{
    const simt_guard guard(simt_lock);
    const cudaStream_t of = actual(stream);
    *status = !of->capture  ? cudaStreamCaptureStatusNone
              : of->spoiled ? cudaStreamCaptureStatusInvalidated
                            : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long flags)
{
    const simt_guard guard(simt_lock);
    (void)flags;
    *executable = new CUgraphExec_st{graph->work};
    return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    for (const simt_work &work : executable->work)
        simt_enqueue(stream, work);
    return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    const simt_guard guard(simt_lock);
    delete graph;
    return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable)
{
    const simt_guard guard(simt_lock);
    delete executable;
    return cudaSuccess;
}
