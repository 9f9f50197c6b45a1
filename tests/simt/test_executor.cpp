/* The executor itself: threads, warps, streams, graphs and memory behave as CUDA's do. Expected values are worked by
 * hand. */
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include <cuda_runtime.h>

#include "simt.h"

extern "C" {
#include "tests/support/suite.h"
}

namespace
{

/* n ints on the device, and what is in them. */
int *device_ints(int n)
{
    void *memory = nullptr;
    ck_assert_int_eq(cudaMalloc(&memory, (size_t)n * sizeof(int)), cudaSuccess);
    ck_assert_int_eq(cudaMemset(memory, 0, (size_t)n * sizeof(int)), cudaSuccess);
    cudaDeviceSynchronize(); /* other streams do not wait for it */
    return static_cast<int *>(memory);
}

std::vector<int> read_ints(const int *memory, int n)
{
    std::vector<int> values((size_t)n);
    ck_assert_int_eq(cudaMemcpy(values.data(), memory, (size_t)n * sizeof(int), cudaMemcpyDeviceToHost), cudaSuccess);
    return values;
}

cudaStream_t new_stream()
{
    cudaStream_t stream;
    ck_assert_int_eq(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), cudaSuccess);
    return stream;
}

/* ---- threads -------------------------------------------------------------------------------------------------------
 */

__global__ void number_threads(int *y)
{
    const unsigned block = blockIdx.x + gridDim.x * blockIdx.y;
    const unsigned thread = threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
    y[block * blockDim.x * blockDim.y * blockDim.z + thread] = (int)(1000 * block + thread);
}

START_TEST(threads_know_their_place)
{
    const simt_order orders[] = {SIMT_IN_ORDER, SIMT_REVERSE, SIMT_RANDOM_THREAD, SIMT_RANDOM_WARP};
    simt_set_order(orders[_i], 7);
    int *y = device_ints(6 * 24);
    GT_LAUNCH(number_threads, dim3(2, 3), dim3(4, 3, 2), 0, nullptr, y);
    const std::vector<int> values = read_ints(y, 6 * 24);
    for (int i = 0; i < 6 * 24; i++)
        ck_assert_int_eq(values[(size_t)i], i / 24 * 1000 + i % 24);
}
END_TEST

/* Each thread reads what another wrote, twice. */
__global__ void rotate(int *y)
{
    __shared__ int row[64];
    const unsigned next = (threadIdx.x + 1) % blockDim.x;
    row[threadIdx.x] = (int)threadIdx.x;
    __syncthreads();
    const int first = row[next];
    __syncthreads();
    row[threadIdx.x] = 10 * first;
    __syncthreads();
    y[threadIdx.x] = row[next];
}

START_TEST(barriers_hold_in_any_order)
{
    const simt_order orders[] = {SIMT_IN_ORDER, SIMT_REVERSE, SIMT_RANDOM_THREAD, SIMT_RANDOM_WARP};
    simt_set_order(orders[_i], 3);
    int *y = device_ints(64);
    GT_LAUNCH(rotate, 1, 64, 0, nullptr, y);
    const std::vector<int> values = read_ints(y, 64);
    for (int i = 0; i < 64; i++)
        ck_assert_int_eq(values[(size_t)i], (i + 2) % 64 * 10);
    ck_assert_uint_eq(simt_findings(), 0);
}
END_TEST

/* ---- warps ---------------------------------------------------------------------------------------------------------
 */

__global__ void shuffle(int *y)
{
    const int lane = (int)threadIdx.x;
    y[lane] = __shfl_sync(0xffffffffu, lane, 5);
    y[32 + lane] = __shfl_down_sync(0xffffffffu, lane, 3);
    y[64 + lane] = __shfl_up_sync(0xffffffffu, lane, 3, 8);
    y[96 + lane] = __shfl_xor_sync(0xffffffffu, lane, 12);
    y[128 + lane] = (int)__ballot_sync(0xffffffffu, lane % 3 == 0);
    y[160 + lane] = __any_sync(0xffffffffu, lane == 40) + 2 * __all_sync(0xffffffffu, lane < 32);
}

START_TEST(shuffles_move_values_between_lanes)
{
    simt_set_order(SIMT_RANDOM_THREAD, (unsigned long long)_i);
    int *y = device_ints(192);
    GT_LAUNCH(shuffle, 1, 32, 0, nullptr, y);
    const std::vector<int> v = read_ints(y, 192);
    for (int lane = 0; lane < 32; lane++) {
        const size_t at = (size_t)lane;
        ck_assert_int_eq(v[at], 5);
        ck_assert_int_eq(v[32 + at], lane + 3 < 32 ? lane + 3 : lane);
        ck_assert_int_eq(v[64 + at], lane % 8 >= 3 ? lane - 3 : lane);
        ck_assert_int_eq(v[96 + at], lane ^ 12);
        ck_assert_int_eq(v[128 + at], 0x49249249);
        ck_assert_int_eq(v[160 + at], 2);
    }
}
END_TEST

__global__ void count(int *sum, unsigned long long *least)
{
    atomicAdd(sum, 1);
    atomicMin(least, (unsigned long long)(1000 - threadIdx.x));
    atomicMax(sum + 1, (int)threadIdx.x);
}

START_TEST(atomics_lose_nothing)
{
    int *sum = device_ints(2);
    void *least;
    cudaMalloc(&least, sizeof(unsigned long long));
    cudaMemset(least, 0xff, sizeof(unsigned long long));
    GT_LAUNCH(count, 5, 100, 0, nullptr, sum, static_cast<unsigned long long *>(least));
    unsigned long long value;
    cudaMemcpy(&value, least, sizeof value, cudaMemcpyDeviceToHost);
    ck_assert_int_eq(read_ints(sum, 2)[0], 500);
    ck_assert_int_eq(read_ints(sum, 2)[1], 99);
    ck_assert_uint_eq(value, 901);
}
END_TEST

/* ---- launches -------------------------------------------------------------------------------------------------------
 */

START_TEST(impossible_launches_are_errors)
{
    int *y = device_ints(1);
    const struct {
        dim3 grid, block;
    } launches[] = {{dim3(0), dim3(32)},     {dim3(1), dim3(0)},        {dim3(1), dim3(1025)},
                    {dim3(1), dim3(32, 33)}, {dim3(1), dim3(1, 1, 65)}, {dim3(1, 65536), dim3(1)}};
    for (const auto &launch : launches) {
        GT_LAUNCH(number_threads, launch.grid, launch.block, 0, nullptr, y);
        ck_assert_int_eq(cudaPeekAtLastError(), cudaErrorInvalidConfiguration);
        ck_assert_int_eq(cudaGetLastError(), cudaErrorInvalidConfiguration);
        ck_assert_int_eq(cudaGetLastError(), cudaSuccess);
    }
    ck_assert_str_eq(cudaGetErrorName(cudaErrorInvalidConfiguration), "cudaErrorInvalidConfiguration");
    ck_assert_int_eq(read_ints(y, 1)[0], 0);
}
END_TEST

START_TEST(host_pointers_as_arguments_are_found)
{
    int here[32];
    if (fork() == 0) { /* where the kernel then writes is not looked at */
        GT_LAUNCH(number_threads, 1, 1, 0, nullptr, here);
        _exit(simt_findings() == 1 && strstr(simt_last_finding(), "argument 0 of number_threads") ? 42 : 1);
    }
    int status;
    wait(&status);
    ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

/* ---- memory
 * ---------------------------------------------------------------------------------------------------------- */

START_TEST(copies_know_what_they_copy)
{
    int *y = device_ints(4), here[4] = {1, 2, 3, 4}, back[4];
    ck_assert_int_eq(cudaMemcpy(y, here, sizeof here, cudaMemcpyHostToDevice), cudaSuccess);
    ck_assert_int_eq(cudaMemcpy(back, y, sizeof back, cudaMemcpyDeviceToHost), cudaSuccess);
    ck_assert_mem_eq(here, back, sizeof here);
    ck_assert_int_eq(cudaMemcpy(y, here, sizeof here, cudaMemcpyDeviceToHost), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaMemcpy(back, here, sizeof here, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaMemcpy(y, here, sizeof here + 4, cudaMemcpyHostToDevice), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaFree(here), cudaErrorInvalidValue);
    ck_assert_int_eq(cudaFree(y), cudaSuccess);
    ck_assert_int_eq(cudaMemset(y, 0, 4), cudaErrorInvalidValue);
}
END_TEST

START_TEST(memory_runs_out)
{
    setenv("SIMT_MEMORY", "1000", 1);
    void *first, *second;
    ck_assert_int_eq(cudaMalloc(&first, 800), cudaSuccess);
    ck_assert_int_eq(cudaMalloc(&second, 400), cudaErrorMemoryAllocation);
    ck_assert_ptr_null(second);
    ck_assert_int_eq(cudaFree(first), cudaSuccess);
    ck_assert_int_eq(cudaMalloc(&second, 400), cudaSuccess);
}
END_TEST

#if !defined(__SANITIZE_ADDRESS__)
START_TEST(host_cannot_touch_device_memory)
{
    int *y = device_ints(4);
    if (fork() == 0) {
        const volatile int value = *y;
        _exit(value);
    }
    int status;
    wait(&status);
    ck_assert(WIFSIGNALED(status));
}
END_TEST
#endif

/* ---- streams
 * --------------------------------------------------------------------------------------------------------- */

__global__ void set(int *y, int value)
{
    *y = value;
}

__global__ void add(int *y, const int *x)
{
    *y += *x;
}

START_TEST(deferred_work_waits_to_be_waited_for)
{
    int *y = device_ints(1), *pinned;
    cudaMallocHost(reinterpret_cast<void **>(&pinned), sizeof(int));
    *pinned = 0;
    simt_set_deferred(true);
    const cudaStream_t stream = new_stream();
    GT_LAUNCH(set, 1, 1, 0, stream, y, 5);
    cudaMemcpyAsync(pinned, y, sizeof(int), cudaMemcpyDeviceToHost, stream);
    ck_assert_int_eq(*pinned, 0); /* a host that does not wait sees the past */
    ck_assert_int_eq(cudaStreamQuery(stream), cudaErrorNotReady);
    cudaStreamSynchronize(stream);
    ck_assert_int_eq(*pinned, 5);
    ck_assert_int_eq(cudaStreamQuery(stream), cudaSuccess);
}
END_TEST

START_TEST(streams_wait_only_where_they_are_told)
{
    simt_set_deferred(true);
    for (int told = 0; told < 2; told++) {
        int *x = device_ints(1), *y = device_ints(1);
        const cudaStream_t first = new_stream(), second = new_stream();
        cudaEvent_t event;
        cudaEventCreate(&event);
        GT_LAUNCH(set, 1, 1, 0, first, x, 5);
        cudaEventRecord(event, first);
        GT_LAUNCH(set, 1, 1, 0, first, x, 6); /* behind the event */
        if (told)
            cudaStreamWaitEvent(second, event, 0);
        GT_LAUNCH(add, 1, 1, 0, second, y, static_cast<const int *>(x));
        cudaStreamSynchronize(second);
        ck_assert_int_eq(read_ints(y, 1)[0], told ? 5 : 0);
        cudaDeviceSynchronize();
        ck_assert_int_eq(read_ints(x, 1)[0], 6);
    }
}
END_TEST

/* The host may write there again: pageable memory is read at once, pinned memory when the copy is done. */
START_TEST(copies_read_pageable_memory_at_once)
{
    int *y = device_ints(1), *z = device_ints(1), here = 1, *pinned;
    cudaMallocHost(reinterpret_cast<void **>(&pinned), sizeof(int));
    simt_set_deferred(true);
    const cudaStream_t stream = new_stream();
    *pinned = 1;
    cudaMemcpyAsync(y, &here, sizeof here, cudaMemcpyHostToDevice, stream);
    cudaMemcpyAsync(z, pinned, sizeof here, cudaMemcpyHostToDevice, stream);
    here = *pinned = 2;
    cudaStreamSynchronize(stream);
    ck_assert_int_eq(read_ints(y, 1)[0], 1);
    ck_assert_int_eq(read_ints(z, 1)[0], 2);
}
END_TEST

START_TEST(graphs_replay_what_was_captured)
{
    int *x = device_ints(1), *y = device_ints(1);
    const cudaStream_t stream = new_stream();
    cudaGraph_t graph;
    cudaGraphExec_t executable;
    ck_assert_int_eq(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), cudaSuccess);
    GT_LAUNCH(set, 1, 1, 0, stream, x, 3);
    GT_LAUNCH(add, 1, 1, 0, stream, y, static_cast<const int *>(x));
    ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaSuccess);
    ck_assert_int_eq(read_ints(y, 1)[0], 0);
    ck_assert_int_eq(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
    cudaGraphDestroy(graph);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(cudaGraphLaunch(executable, stream), cudaSuccess);
    cudaStreamSynchronize(stream);
    ck_assert_int_eq(read_ints(y, 1)[0], 9);
    cudaGraphExecDestroy(executable);
}
END_TEST

START_TEST(waiting_spoils_a_capture)
{
    const cudaStream_t stream = new_stream();
    cudaGraph_t graph;
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed);
    ck_assert_int_eq(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
    ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
    ck_assert_ptr_null(graph);
    ck_assert_int_eq(cudaStreamSynchronize(stream), cudaSuccess);
}
END_TEST

/* Nor may the host ask how far the stream is, or wait for the device or for an event of the capture. */
START_TEST(asking_spoils_a_capture)
{
    const cudaStream_t stream = new_stream();
    cudaGraph_t graph;
    cudaEvent_t event;
    cudaEventCreate(&event);
    cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed);
    ck_assert_int_eq(cudaEventRecord(event, stream), cudaSuccess);
    ck_assert_int_eq(cudaEventQuery(event), cudaErrorCapturedEvent);
    ck_assert_int_eq(cudaEventSynchronize(event), cudaErrorCapturedEvent);
    ck_assert_int_eq((_i ? cudaDeviceSynchronize() : cudaStreamQuery(stream)), cudaErrorStreamCaptureUnsupported);
    ck_assert_int_eq(cudaStreamEndCapture(stream, &graph), cudaErrorStreamCaptureInvalidated);
}
END_TEST

/* Who waits for a record waits for that one, though the event is recorded again elsewhere and then destroyed. */
START_TEST(events_are_waited_for_as_recorded)
{
    simt_set_deferred(true);
    int *x = device_ints(1), *y = device_ints(1), *z = device_ints(1);
    const cudaStream_t first = new_stream(), second = new_stream(), waiting = new_stream();
    cudaEvent_t event;
    cudaEventCreate(&event);
    GT_LAUNCH(set, 1, 1, 0, first, x, 5);
    cudaEventRecord(event, first);
    cudaStreamWaitEvent(waiting, event, 0);
    GT_LAUNCH(add, 1, 1, 0, waiting, y, static_cast<const int *>(x));
    GT_LAUNCH(set, 1, 1, 0, second, z, 1);
    cudaEventRecord(event, second);
    cudaStreamSynchronize(second);
    ck_assert_int_eq(cudaEventQuery(event), cudaSuccess);
    cudaEventDestroy(event);
    ck_assert_int_eq(cudaStreamQuery(waiting), cudaErrorNotReady); /* destroying waits for nothing */
    cudaStreamSynchronize(waiting);
    ck_assert_int_eq(read_ints(y, 1)[0], 5);
}
END_TEST

START_TEST(errors_belong_to_the_thread)
{
    cudaError_t elsewhere = cudaErrorInvalidValue;
    ck_assert_int_eq(cudaSetDevice(1), cudaErrorInvalidDevice);
    std::thread other([&] { elsewhere = cudaGetLastError(); });
    other.join();
    ck_assert_int_eq(elsewhere, cudaSuccess);
    ck_assert_int_eq(cudaGetLastError(), cudaErrorInvalidDevice);
}
END_TEST

START_TEST(devices_can_be_taken_away)
{
    int count = 77;
    setenv("SIMT_DEVICES", "driver", 1);
    ck_assert_int_eq(cudaGetDeviceCount(&count), cudaErrorInsufficientDriver);
    setenv("SIMT_DEVICES", "0", 1);
    ck_assert_int_eq(cudaGetDeviceCount(&count), cudaErrorNoDevice);
    ck_assert_int_eq(count, 77);
    unsetenv("SIMT_DEVICES");
    ck_assert_int_eq(cudaGetDeviceCount(&count), cudaSuccess);
    ck_assert_int_eq(count, 1);
}
END_TEST

} // namespace

int main()
{
    static const suite_test tests[] = {
        LOOP_TEST(threads_know_their_place, 4),
        LOOP_TEST(barriers_hold_in_any_order, 4),
        LOOP_TEST(shuffles_move_values_between_lanes, 3),
        TEST(atomics_lose_nothing),
        TEST(impossible_launches_are_errors),
        TEST(host_pointers_as_arguments_are_found),
        TEST(copies_know_what_they_copy),
        TEST(memory_runs_out),
#if !defined(__SANITIZE_ADDRESS__)
        TEST(host_cannot_touch_device_memory),
#endif
        TEST(deferred_work_waits_to_be_waited_for),
        TEST(streams_wait_only_where_they_are_told),
        TEST(copies_read_pageable_memory_at_once),
        TEST(graphs_replay_what_was_captured),
        TEST(waiting_spoils_a_capture),
        LOOP_TEST(asking_spoils_a_capture, 2),
        TEST(events_are_waited_for_as_recorded),
        TEST(errors_belong_to_the_thread),
        TEST(devices_can_be_taken_away),
        END_OF_TESTS,
    };
    return run_suite("executor", tests);
}
