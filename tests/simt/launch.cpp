/* Launches: what is checked when one is asked for, and a grid's blocks one after another. */
#include <algorithm>
#include <numeric>
#include <vector>

#include "engine.h"

namespace
{

unsigned long long kernels_run;

enum { MOST_THREADS = 1024, MOST_DEEP = 64, MOST_SIDEWAYS = 65535 };

bool is_possible(dim3 grid, dim3 block)
{
    const uint64_t threads = (uint64_t)block.x * block.y * block.z;
    return grid.x > 0 && grid.y > 0 && grid.z > 0 && threads > 0 && threads <= MOST_THREADS && block.z <= MOST_DEEP &&
           grid.x <= INT32_MAX && grid.y <= MOST_SIDEWAYS && grid.z <= MOST_SIDEWAYS;
}

/* The blocks in the order of their turns. */
std::vector<unsigned> turns(unsigned blocks)
{
    std::vector<unsigned> order(blocks);
    std::iota(order.begin(), order.end(), 0u);
    switch (simt_current_order()) {
    case SIMT_IN_ORDER:
        break;
    case SIMT_REVERSE:
        std::reverse(order.begin(), order.end());
        break;
    case SIMT_RANDOM_THREAD:
    case SIMT_RANDOM_WARP:
        for (unsigned i = blocks; i > 1; i--)
            std::swap(order[i - 1], order[simt_random(i)]);
        break;
    }
    return order;
}

void run_grid(const char *kernel, dim3 grid, dim3 block, const simt_call &call)
{
    kernels_run++;
    gridDim = grid;
    blockDim = block;
    simt_now.kernel = kernel;
    simt_checker_begin_kernel();
    for (const unsigned number : turns(grid.x * grid.y * grid.z)) {
        simt_now.block = number;
        blockIdx = uint3{number % grid.x, number / grid.x % grid.y, number / grid.x / grid.y};
        simt_checker_begin_block();
        simt_run_block(call);
    }
    simt_now = simt_running{nullptr, 0, -1, nullptr};
}

} // namespace

unsigned long long simt_kernels_run(void)
{
    return kernels_run;
}

void simt_check_argument(const char *kernel, int position, const void *pointer)
{
    const simt_guard guard(simt_lock);
    if (pointer && !simt_is_device(pointer, 1))
        simt_find("argument %d of %s is no pointer to device memory", position, kernel);
}

void simt_submit(const char *kernel, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                 std::shared_ptr<const simt_call> call)
{
    const simt_guard guard(simt_lock);
    /* The project's kernels have their shared memory as arrays. */
    if (shared_bytes > 0 || !is_possible(grid, block)) {
        simt_error(cudaErrorInvalidConfiguration);
        return;
    }
    simt_enqueue(stream, [=] { run_grid(kernel, grid, block, *call); });
}
