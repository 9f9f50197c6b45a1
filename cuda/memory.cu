/* The pool of device memory: blocks that tensors let go of are kept, and given to the next tensor of that size, so that
 * a steady training step asks nothing of the driver.
 *
 * A block belongs to the queue that it was last used by. That queue can have it at once, because its work is done in
 * order; another one first waits for it. What is asked for while a queue is captured belongs to the graph until that is
 * freed: each replay writes there again. */
#include <cstdlib>
#include <map>
#include <unordered_map>

#include "cuda/runtime.h"

namespace
{

struct block {
    void *memory;
    size_t bytes;
    gt_queue *queue;
    gt_device_graph *owner; /* the graph that its use was captured in; NULL: none */
};

/* Guards all below. */
std::mutex lock;
std::unordered_map<void *, block> live;
/* By size; of each, the newest last, which a cache may still hold. */
std::map<size_t, std::vector<block>> cached;
size_t live_bytes, reserved_bytes, peak_bytes, limit_bytes;

/* Every request is a block of its own, and of exactly its size: for tools that look for accesses out of bounds. */
bool is_direct()
{
    static const bool direct = getenv("GRADTAPE_CUDA_DIRECT") != nullptr;
    return direct;
}

/* Rounded up to 512 bytes, and from 4 KiB on to eighths of a power of two: so that few sizes differ, and at most an
 * eighth is wasted. */
size_t block_size(size_t bytes)
{
    if (is_direct())
        return bytes ? bytes : 1;
    size_t unit = 512;
    while (unit * 16 <= bytes)
        unit *= 2;
    return bytes ? (bytes + unit - 1) / unit * unit : unit;
}

gt_status free_cached()
{
    gt_status status = GT_OK;
    for (auto &size : cached) {
        for (auto kept = size.second.begin(); kept != size.second.end();) {
            if (kept->owner) {
                ++kept;
                continue;
            }
            /* cudaFree waits for what uses the block. */
            const gt_status freed = gt_cuda_check(cudaFree(kept->memory), "freeing device memory");
            status = status == GT_OK ? freed : status;
            reserved_bytes -= kept->bytes;
            kept = size.second.erase(kept);
        }
    }
    return status;
}

/* Takes the newest cached block that the queue may have; one of its own if there is one. */
bool take_cached(gt_queue *queue, size_t bytes, block *taken)
{
    const auto size = cached.find(bytes);
    if (size == cached.end())
        return false;
    std::vector<block> &blocks = size->second;
    size_t found = blocks.size();
    for (size_t i = blocks.size(); i-- > 0;) {
        if (blocks[i].owner && blocks[i].owner != queue->capture)
            continue;
        const bool own = blocks[i].queue == queue;
        if (own || (found == blocks.size() && !queue->capture))
            found = i;
        if (own)
            break;
    }
    if (found == blocks.size())
        return false;
    *taken = blocks[found];
    blocks.erase(blocks.begin() + (std::ptrdiff_t)found);
    return true;
}

gt_status over_limit(size_t bytes)
{
    return gt_fail(GT_ERR_MEMORY, "cuda: %zu bytes do not fit the limit of %zu, of which %zu are held", bytes,
                   limit_bytes, reserved_bytes);
}

/* A block from the driver; what is cached is given up for it. */
gt_status take_new(size_t bytes, block *taken)
{
    if (limit_bytes && reserved_bytes + bytes > limit_bytes)
        free_cached();
    if (limit_bytes && reserved_bytes + bytes > limit_bytes)
        return over_limit(bytes);
    cudaError_t error = cudaMalloc(&taken->memory, bytes);
    if (error == cudaErrorMemoryAllocation) {
        cudaGetLastError(); /* it is dealt with */
        free_cached();
        error = cudaMalloc(&taken->memory, bytes);
    }
    if (error == cudaErrorMemoryAllocation) {
        cudaGetLastError();
        return gt_fail(GT_ERR_MEMORY, "cuda: out of memory: %zu bytes wanted, %zu are held", bytes, reserved_bytes);
    }
    if (error != cudaSuccess)
        return gt_cuda_check(error, "device memory");
    gt_counts.allocations++;
    reserved_bytes += bytes;
    peak_bytes = reserved_bytes > peak_bytes ? reserved_bytes : peak_bytes;
    taken->bytes = bytes;
    taken->queue = nullptr;
    return GT_OK;
}

} // namespace

void *gt_memory_allocate(gt_queue *asked, size_t bytes)
{
    gt_queue *queue = gt_queue_of(asked);
    if (!queue)
        return nullptr;
    block taken = {};
    gt_queue *before;
    {
        const std::lock_guard<std::mutex> guard(lock);
        if (!take_cached(queue, block_size(bytes), &taken) && take_new(block_size(bytes), &taken) != GT_OK)
            return nullptr;
        before = taken.queue;
        taken.queue = queue;
        taken.owner = queue->capture;
        live[taken.memory] = taken;
        live_bytes += taken.bytes;
    }
    if (before && before != queue && gt_queue_follow(queue, before) != GT_OK) {
        gt_memory_release(before, taken.memory, bytes);
        return nullptr;
    }
    return taken.memory;
}

void gt_memory_release(gt_queue *asked, void *memory, size_t bytes)
{
    (void)bytes;
    gt_queue *queue = gt_queue_of(asked);
    const std::lock_guard<std::mutex> guard(lock);
    const auto found = live.find(memory);
    if (found == live.end())
        return;
    block released = found->second;
    live.erase(found);
    live_bytes -= released.bytes;
    if (is_direct() && !released.owner) {
        cudaFree(released.memory);
        reserved_bytes -= released.bytes;
        return;
    }
    released.queue = queue;
    cached[released.bytes].push_back(released);
}

gt_status gt_memory_limit_to(size_t bytes)
{
    const std::lock_guard<std::mutex> guard(lock);
    limit_bytes = bytes;
    return GT_OK;
}

gt_status gt_memory_trim()
{
    const std::lock_guard<std::mutex> guard(lock);
    return free_cached();
}

void gt_memory_statistics(gt_device_statistics *statistics)
{
    const std::lock_guard<std::mutex> guard(lock);
    statistics->live = live_bytes;
    statistics->reserved = reserved_bytes;
    statistics->peak = peak_bytes;
}

void gt_memory_disown(gt_device_graph *graph)
{
    const std::lock_guard<std::mutex> guard(lock);
    for (auto &entry : live)
        if (entry.second.owner == graph)
            entry.second.owner = nullptr;
    for (auto &size : cached)
        for (block &kept : size.second)
            if (kept.owner == graph)
                kept.owner = nullptr;
}
