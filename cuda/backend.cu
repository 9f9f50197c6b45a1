/* The CUDA backend: what the shared object gives to the core. */
#include <cstdio>

#include "cuda/runtime.h"

gt_cuda_counts gt_counts;

gt_status gt_cuda_check(cudaError_t error, const char *what)
{
    if (error == cudaSuccess)
        return GT_OK;
    const gt_status status = error == cudaErrorMemoryAllocation ? GT_ERR_MEMORY : GT_ERR_DEVICE;
    return gt_fail(status, "%s: CUDA: %s (%s)", what, cudaGetErrorString(error), cudaGetErrorName(error));
}

static gt_status probe()
{
    int devices = 0;
    const cudaError_t error = cudaGetDeviceCount(&devices);
    if (error == cudaErrorInsufficientDriver)
        return gt_fail(GT_ERR_DEVICE, "no NVIDIA driver is installed, or one older than CUDA %d.%d needs",
                       CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10);
    if (error == cudaErrorNoDevice || (error == cudaSuccess && devices == 0))
        return gt_fail(GT_ERR_DEVICE, "no NVIDIA GPU was found");
    return gt_cuda_check(error, "the search for GPUs");
}

static gt_status describe(gt_device_description *description)
{
    int device = 0;
    cudaDeviceProp properties;
    gt_status status = gt_cuda_check(cudaGetDevice(&device), "the device's description");
    if (status == GT_OK)
        status = gt_cuda_check(cudaGetDeviceProperties(&properties, device), "the device's description");
    if (status == GT_OK)
        status = gt_cuda_check(cudaMemGetInfo(&description->free_memory, &description->memory), "the device's memory");
    if (status == GT_OK)
        snprintf(description->name, sizeof description->name, "%.60s, compute capability %d.%d, %d multiprocessors",
                 properties.name, properties.major, properties.minor, properties.multiProcessorCount);
    return status;
}

static void statistics(gt_device_statistics *result)
{
    gt_memory_statistics(result);
    result->allocations = gt_counts.allocations;
    result->launches = gt_counts.launches;
    result->graph_launches = gt_counts.graph_launches;
    result->copies_in = gt_counts.copies_in;
    result->copies_out = gt_counts.copies_out;
    result->copies = gt_counts.copies;
    result->waits = gt_counts.waits;
}

extern "C" __attribute__((visibility("default"))) const gt_backend *gt_backend_open(const gt_core *core)
{
    static gt_backend backend;
    if (core->abi != GT_BACKEND_ABI) {
        core->fail(GT_ERR_DEVICE, "libgradtape_cuda belongs to another version of gradtape");
        return nullptr;
    }
    gt_the_core = core;
    if (gt_fill_slots() != GT_OK)
        return nullptr;
    backend.device = GT_CUDA;
    backend.probe = probe;
    backend.describe = describe;
    backend.allocate = gt_memory_allocate;
    backend.release = gt_memory_release;
    backend.limit = gt_memory_limit_to;
    backend.trim = gt_memory_trim;
    backend.statistics = statistics;
    backend.copy_in = gt_copy_in;
    backend.copy_out = gt_copy_out;
    backend.copy = gt_copy_on_device;
    backend.queue_new = gt_queue_new;
    backend.queue_free = gt_queue_free;
    backend.follow = gt_queue_follow;
    backend.synchronize = gt_queue_synchronize;
    backend.time_begin = gt_queue_time_begin;
    backend.time_end = gt_queue_time_end;
    backend.capture_begin = gt_capture_begin;
    backend.capture_end = gt_capture_end;
    backend.graph_launch = gt_graph_run;
    backend.graph_free = gt_graph_drop;
    return &backend;
}
