/* CUDA graphs: a step is captured once and launched again as a whole, so that small models are not bound by the time
 * that a launch takes. */
#include "cuda/runtime.h"

struct gt_device_graph {
    gt_queue *queue;
    cudaGraphExec_t executable;
};

gt_status gt_capture_begin(gt_queue *queue)
{
    queue = gt_queue_of(queue);
    gt_status status = queue ? gt_refuse_capture(queue, "another capture") : GT_ERR_DEVICE;
    if (status != GT_OK)
        return status;
    gt_device_graph *graph = static_cast<gt_device_graph *>(gt_the_core->allocate(sizeof *graph));
    if (!graph)
        return GT_ERR_MEMORY;
    *graph = gt_device_graph{queue, nullptr};
    status = gt_cuda_check(cudaStreamBeginCapture(queue->stream, cudaStreamCaptureModeRelaxed), "capture");
    if (status == GT_OK)
        queue->capture = graph;
    else
        gt_the_core->release(graph);
    return status;
}

gt_device_graph *gt_capture_end(gt_queue *queue)
{
    queue = gt_queue_of(queue);
    if (!queue || !queue->capture) {
        gt_fail(GT_ERR_STATE, "capture: none was begun");
        return nullptr;
    }
    gt_device_graph *graph = queue->capture;
    queue->capture = nullptr;
    queue->captured_faults = queue->fault_count;
    cudaGraph_t captured = nullptr;
    gt_status status = gt_cuda_check(cudaStreamEndCapture(queue->stream, &captured), "capture");
    if (status == GT_OK)
        status = gt_cuda_check(cudaGraphInstantiate(&graph->executable, captured, 0), "capture");
    if (captured)
        cudaGraphDestroy(captured);
    if (status == GT_OK)
        return graph;
    gt_graph_drop(graph);
    return nullptr;
}

gt_status gt_graph_run(gt_device_graph *graph)
{
    gt_counts.graph_launches++;
    return gt_cuda_check(cudaGraphLaunch(graph->executable, graph->queue->stream), "graph launch");
}

void gt_graph_drop(gt_device_graph *graph)
{
    if (graph->executable) {
        cudaStreamSynchronize(graph->queue->stream);
        cudaGraphExecDestroy(graph->executable);
    }
    gt_memory_disown(graph);
    gt_the_core->release(graph);
}
