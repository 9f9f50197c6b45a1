/* Memory: of the device, which the host cannot touch, pinned memory of the host, and copies between them. */
#include <stdlib.h>
#include <sys/mman.h>

#include <map>
#include <vector>

#include "engine.h"

namespace
{

typedef std::map<char *, size_t> allocations;
allocations on_device, pinned;
size_t device_bytes;

bool contains(const allocations &list, const void *memory, size_t bytes)
{
    char *at = static_cast<char *>(const_cast<void *>(memory));
    auto found = list.upper_bound(at);
    if (found == list.begin())
        return false;
    --found;
    return at + bytes <= found->first + found->second;
}

size_t memory_limit()
{
    const char *limit = simt_environment("SIMT_MEMORY");
    return limit ? strtoull(limit, nullptr, 0) : (size_t)4 << 30;
}

int open_count;

#if defined(__SANITIZE_ADDRESS__)

/* From malloc, so that accesses past the end are found. */
char *take(size_t bytes)
{
    return static_cast<char *>(malloc(bytes));
}

void give_back(char *memory, size_t bytes)
{
    (void)bytes;
    free(memory);
}

void protect(bool open)
{
    (void)open;
}

#else

/* An arena that can only be touched while work of the device runs: what the host reads or writes of it faults. */
const size_t ARENA = (size_t)8 << 30, STEP = 512;
char *arena;
size_t used;
std::multimap<size_t, char *> gaps; /* freed, by size */

size_t stepped(size_t bytes)
{
    return (bytes + 2 * STEP - 1) / STEP * STEP; /* a gap behind each */
}

char *take(size_t bytes)
{
    const auto gap = gaps.find(stepped(bytes));
    if (gap != gaps.end()) {
        char *memory = gap->second;
        gaps.erase(gap);
        return memory;
    }
    if (!arena) {
        void *mapped = mmap(nullptr, ARENA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapped == MAP_FAILED)
            return nullptr;
        arena = static_cast<char *>(mapped);
    }
    if (used + stepped(bytes) > ARENA)
        return nullptr;
    char *memory = arena + used;
    used += stepped(bytes);
    return memory;
}

void give_back(char *memory, size_t bytes)
{
    gaps.emplace(stepped(bytes), memory);
}

void protect(bool open)
{
    if (arena && used)
        mprotect(arena, (used + 4095) & ~(size_t)4095, open ? PROT_READ | PROT_WRITE : PROT_NONE);
}

#endif

} // namespace

bool simt_is_device(const void *memory, size_t bytes)
{
    return contains(on_device, memory, bytes);
}

bool simt_is_pinned(const void *memory, size_t bytes)
{
    return contains(pinned, memory, bytes);
}

void simt_open_memory()
{
    if (open_count++ == 0)
        protect(true);
}

void simt_close_memory()
{
    if (--open_count == 0)
        protect(false);
}

cudaError_t cudaMalloc(void **memory, size_t bytes)
{
    const simt_guard guard(simt_lock);
    *memory = nullptr;
    if (bytes == 0)
        return cudaSuccess;
    char *taken = device_bytes + bytes <= memory_limit() ? take(bytes) : nullptr;
    if (!taken)
        return simt_error(cudaErrorMemoryAllocation);
    on_device[taken] = bytes;
    device_bytes += bytes;
    simt_open_memory();
    protect(true);                                      /* also the part that is new */
    memset(taken, 0xff, bytes < 65536 ? bytes : 65536); /* NaNs; of large ones only the beginning, for speed */
    simt_close_memory();
    simt_checker_allocated(taken, bytes);
    *memory = taken;
    return cudaSuccess;
}

cudaError_t cudaFree(void *memory)
{
    const simt_guard guard(simt_lock);
    if (!memory)
        return cudaSuccess;
    simt_wait_for_all();
    const auto found = on_device.find(static_cast<char *>(memory));
    if (found == on_device.end())
        return simt_error(cudaErrorInvalidValue);
    simt_checker_freed(memory);
    device_bytes -= found->second;
    give_back(found->first, found->second);
    on_device.erase(found);
    return cudaSuccess;
}

cudaError_t cudaMallocHost(void **memory, size_t bytes)
{
    const simt_guard guard(simt_lock);
    *memory = malloc(bytes ? bytes : 1);
    if (!*memory)
        return simt_error(cudaErrorMemoryAllocation);
    pinned[static_cast<char *>(*memory)] = bytes;
    return cudaSuccess;
}

cudaError_t cudaFreeHost(void *memory)
{
    const simt_guard guard(simt_lock);
    if (memory && !pinned.erase(static_cast<char *>(memory)))
        return simt_error(cudaErrorInvalidValue);
    free(memory);
    return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes)
{
    const simt_guard guard(simt_lock);
    *total_bytes = memory_limit();
    *free_bytes = memory_limit() - device_bytes;
    return cudaSuccess;
}

/* ---- copies
 * ---------------------------------------------------------------------------------------------------------- */

namespace
{

bool is_right_kind(cudaMemcpyKind kind, bool to_device, bool from_device)
{
    switch (kind) {
    case cudaMemcpyHostToHost:
        return !to_device && !from_device;
    case cudaMemcpyHostToDevice:
        return to_device && !from_device;
    case cudaMemcpyDeviceToHost:
        return !to_device && from_device;
    case cudaMemcpyDeviceToDevice:
        return to_device && from_device;
    case cudaMemcpyDefault:
        return true;
    }
    return false;
}

simt_work copy_work(void *to, const void *from, size_t bytes, bool to_device, bool from_device)
{
    return [=] {
        memmove(to, from, bytes);
        if (to_device && from_device)
            simt_checker_copied(to, from, bytes);
        else if (to_device)
            simt_checker_written(to, bytes);
        else if (from_device)
            simt_checker_read("a copy to the host", from, bytes);
    };
}

} // namespace

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    if (bytes == 0)
        return cudaSuccess;
    const bool to_device = simt_is_device(to, bytes), from_device = simt_is_device(from, bytes);
    if (!is_right_kind(kind, to_device, from_device))
        return simt_error(cudaErrorInvalidValue);
    const bool pageable = (!to_device && !simt_is_pinned(to, bytes)) || (!from_device && !simt_is_pinned(from, bytes));
    if (pageable && simt_is_capturing(stream))
        return simt_spoil_capture(stream);
    if (pageable && !from_device) { /* CUDA stages it: the host may write there again */
        const char *begin = static_cast<const char *>(from);
        const std::shared_ptr<std::vector<char>> staged = std::make_shared<std::vector<char>>(begin, begin + bytes);
        const simt_work copy = copy_work(to, staged->data(), bytes, to_device, false);
        return simt_enqueue(stream, [staged, copy] { copy(); });
    }
    const cudaError_t error = simt_enqueue(stream, copy_work(to, from, bytes, to_device, from_device));
    return error == cudaSuccess && pageable ? simt_wait_for(stream) : error;
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind)
{
    const cudaError_t error = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
    return error == cudaSuccess ? cudaStreamSynchronize(nullptr) : error;
}

cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream)
{
    const simt_guard guard(simt_lock);
    if (bytes == 0)
        return cudaSuccess;
    if (!simt_is_device(memory, bytes))
        return simt_error(cudaErrorInvalidValue);
    return simt_enqueue(stream, [=] {
        memset(memory, value, bytes);
        simt_checker_written(memory, bytes);
    });
}

cudaError_t cudaMemset(void *memory, int value, size_t bytes)
{
    return cudaMemsetAsync(memory, value, bytes, nullptr);
}
