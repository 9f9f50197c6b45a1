/* Copies. What goes to the device is first copied to pinned memory, so that the host goes on while the copy is under
 * way; what comes back is waited for. */
#include <cstring>

#include "cuda/runtime.h"

static const size_t CHUNK = 4 << 20;

/* The next `bytes` of pinned memory, at most a chunk; NULL with the message set. */
static char *stage(gt_queue *queue, size_t bytes)
{
    gt_staging *staging = &queue->staging;
    if (!staging->chunk[0] || staging->used + bytes > CHUNK) {
        gt_status status = GT_OK;
        if (staging->chunk[0]) {
            status =
                gt_cuda_check(cudaEventRecord(staging->left[staging->current], queue->stream), "copy to the device");
            staging->pending[staging->current] = true;
            staging->current = 1 - staging->current;
        }
        void *fresh = nullptr;
        if (status == GT_OK && !staging->chunk[staging->current]) {
            status = gt_cuda_check(cudaEventCreateWithFlags(&staging->left[staging->current], cudaEventDisableTiming),
                                   "copy to the device");
            if (status == GT_OK)
                status = gt_cuda_check(cudaMallocHost(&fresh, CHUNK), "pinned memory");
            staging->chunk[staging->current] = static_cast<char *>(fresh);
        }
        if (status == GT_OK && staging->pending[staging->current]) {
            gt_counts.waits++;
            status = gt_cuda_check(cudaEventSynchronize(staging->left[staging->current]), "copy to the device");
            staging->pending[staging->current] = false;
        }
        if (status != GT_OK)
            return nullptr;
        staging->used = 0;
    }
    char *place = staging->chunk[staging->current] + staging->used;
    staging->used += (bytes + 255) / 256 * 256;
    return place;
}

gt_status gt_copy_in(gt_queue *asked, void *to, const void *from_host, size_t bytes)
{
    gt_queue *queue = gt_queue_of(asked);
    if (!queue)
        return GT_ERR_DEVICE;
    const std::lock_guard<std::mutex> guard(queue->lock);
    gt_status status = gt_refuse_capture(queue, "a copy from the host");
    for (size_t done = 0; status == GT_OK && done < bytes;) {
        const size_t part = bytes - done < CHUNK ? bytes - done : CHUNK;
        char *staged = stage(queue, part);
        if (!staged)
            return GT_ERR_DEVICE;
        memcpy(staged, static_cast<const char *>(from_host) + done, part);
        status = gt_cuda_check(
            cudaMemcpyAsync(static_cast<char *>(to) + done, staged, part, cudaMemcpyHostToDevice, queue->stream),
            "copy to the device");
        done += part;
    }
    gt_counts.copies_in++;
    return status;
}

gt_status gt_copy_out(gt_queue *asked, void *to_host, const void *from, size_t bytes)
{
    gt_queue *queue = gt_queue_of(asked);
    gt_status status = queue ? gt_refuse_capture(queue, "a copy to the host") : GT_ERR_DEVICE;
    if (status == GT_OK && bytes > 0)
        status = gt_cuda_check(cudaMemcpyAsync(to_host, from, bytes, cudaMemcpyDeviceToHost, queue->stream),
                               "copy to the host");
    gt_counts.copies_out++;
    return status == GT_OK ? gt_queue_synchronize(queue) : status;
}

gt_status gt_copy_on_device(gt_queue *asked, void *to, const void *from, size_t bytes)
{
    gt_queue *queue = gt_queue_of(asked);
    if (!queue)
        return GT_ERR_DEVICE;
    gt_counts.copies++;
    if (bytes == 0)
        return GT_OK;
    return gt_cuda_check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, queue->stream),
                         "copy on the device");
}
