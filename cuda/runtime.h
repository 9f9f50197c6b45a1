/* What the files of the backend share: its queues, its pool of memory, and how CUDA's errors become gt_status. */
#ifndef GT_CUDA_RUNTIME_H
#define GT_CUDA_RUNTIME_H

#include <cuda_runtime.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "core/backend.h"

/* The core's functions; see cuda/core.cu. */
extern const gt_core *gt_the_core;

/* GT_OK, or GT_ERR_DEVICE (GT_ERR_MEMORY) with the message "what: CUDA's". */
gt_status gt_cuda_check(cudaError_t error, const char *what);

/* What the backend has done so far. */
struct gt_cuda_counts {
    std::atomic<int64_t> allocations, launches, graph_launches, copies_in, copies_out, copies, waits;
};
extern gt_cuda_counts gt_counts;

/* ---- queues: cuda/queue.cu --------------------------------------------------------------------------------------- */

enum { GT_FAULTS = 256 };

/* What kernels report through one key: see gt_cuda_value_key. */
struct gt_fault {
    const gt_op *op;
    int kind;
    int64_t bound;
};

/* Pinned memory that copies to the device start from: two chunks, of which one is filled while the copies from the
 * other are under way. */
struct gt_staging {
    char *chunk[2];
    cudaEvent_t left[2]; /* recorded behind the last copy from the chunk */
    bool pending[2];
    int current;
    size_t used;
};

/* A non-blocking stream and what belongs to it. Freed queues are kept, to be used again: others may still refer to
 * them. */
struct gt_queue {
    cudaStream_t stream;
    cudaEvent_t mark; /* for queues that follow */
    cudaEvent_t from, to;
    gt_staging staging;
    unsigned long long *keys; /* on the device: GT_FAULTS, all ones where nothing was reported; made when needed */
    gt_fault faults[GT_FAULTS];
    int fault_count, captured_faults;
    gt_device_graph *capture; /* what the work is noted in instead of done */
    void *blas;               /* cublasHandle_t, made when needed */
    std::mutex lock;          /* guards staging and faults: all threads share the backend's own queue */
};

/* The backend's own for NULL; NULL with the message set if it cannot be made. */
gt_queue *gt_queue_of(gt_queue *queue);

gt_queue *gt_queue_new();
void gt_queue_free(gt_queue *queue);
gt_status gt_queue_follow(gt_queue *queue, gt_queue *earlier);
gt_status gt_queue_synchronize(gt_queue *queue);
gt_status gt_queue_time_begin(gt_queue *queue);
gt_status gt_queue_time_end(gt_queue *queue, double *milliseconds);

/* GT_ERR_STATE where the queue's work is being captured: `what` cannot be. */
gt_status gt_refuse_capture(const gt_queue *queue, const char *what);

/* ---- memory: cuda/memory.cu -------------------------------------------------------------------------------------- */

void *gt_memory_allocate(gt_queue *queue, size_t bytes);
void gt_memory_release(gt_queue *queue, void *memory, size_t bytes);
gt_status gt_memory_limit_to(size_t bytes);
gt_status gt_memory_trim();
void gt_memory_statistics(gt_device_statistics *statistics);
/* The graph is gone: its memory is everybody's. */
void gt_memory_disown(gt_device_graph *graph);

/* ---- copies: cuda/transfer.cu ------------------------------------------------------------------------------------ */

gt_status gt_copy_in(gt_queue *queue, void *to, const void *from_host, size_t bytes);
gt_status gt_copy_out(gt_queue *queue, void *to_host, const void *from, size_t bytes);
gt_status gt_copy_on_device(gt_queue *queue, void *to, const void *from, size_t bytes);

/* ---- graphs: cuda/graph.cu --------------------------------------------------------------------------------------- */

gt_status gt_capture_begin(gt_queue *queue);
gt_device_graph *gt_capture_end(gt_queue *queue);
gt_status gt_graph_run(gt_device_graph *graph);
void gt_graph_drop(gt_device_graph *graph);

/* ---- kernels: cuda/list.cu --------------------------------------------------------------------------------------- */

/* Enters every op's kernel in its slot. GT_ERR_DEVICE for an op that the core has not. */
gt_status gt_fill_slots();

#endif
