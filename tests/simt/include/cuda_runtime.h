/* CUDA on the host: what a .cu of the project needs of the CUDA runtime, so that g++ compiles it and the executor runs
 * it. Names, values and meaning are those of CUDA 13; what the project does not use is not here. */
#ifndef SIMT_CUDA_RUNTIME_H
#define SIMT_CUDA_RUNTIME_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <memory>
#include <tuple>
#include <type_traits>

/* ---- the language ------------------------------------------------------------------------------------------------ */

#define __global__
#define __device__
#define __host__
#define __constant__
#define __shared__      static
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
#ifndef __restrict__
#define __restrict__ __restrict
#endif

struct uint3 {
    unsigned x, y, z;
};

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned in_x = 1, unsigned in_y = 1, unsigned in_z = 1) : x(in_x), y(in_y), z(in_z)
    {
    }
};

extern uint3 threadIdx, blockIdx;
extern dim3 blockDim, gridDim;
enum { warpSize = 32 };

/* ---- what threads of a block do together --------------------------------------------------------------------------
 */

void simt_barrier();
void simt_warp_barrier(unsigned mask);
/* The value that lane `source` of the caller's warp gives. */
uint64_t simt_shuffle(unsigned mask, uint64_t value, int source);
unsigned simt_ballot(unsigned mask, bool value);
int simt_lane();
/* Before the reading and writing of an atomic operation, which is at `place` in the code. */
void simt_atomic(void *address, size_t bytes, const void *place);

static inline void __syncthreads()
{
    simt_barrier();
}

static inline void __syncwarp(unsigned mask = 0xffffffffu)
{
    simt_warp_barrier(mask);
}

template <typename type> static inline type simt_shuffle_any(unsigned mask, type value, int source)
{
    static_assert(sizeof(type) <= 8, "a shuffle moves 4 or 8 bytes");
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = simt_shuffle(mask, bits, source);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The first lane of the caller's segment of `width` lanes. */
static inline int simt_segment(int width)
{
    return simt_lane() & ~(width - 1);
}

/* A lane outside the segment stands for the caller's own (PTX ISA, shfl.sync). */
static inline int simt_within(int source, int width)
{
    const int first = simt_segment(width);
    return source >= first && source < first + width ? source : simt_lane();
}

template <typename type> static inline type __shfl_sync(unsigned mask, type value, int source, int width = 32)
{
    return simt_shuffle_any(mask, value, simt_segment(width) + (source & (width - 1)));
}

template <typename type> static inline type __shfl_down_sync(unsigned mask, type value, int apart, int width = 32)
{
    return simt_shuffle_any(mask, value, simt_within(simt_lane() + apart, width));
}

template <typename type> static inline type __shfl_up_sync(unsigned mask, type value, int apart, int width = 32)
{
    return simt_shuffle_any(mask, value, simt_within(simt_lane() - apart, width));
}

template <typename type> static inline type __shfl_xor_sync(unsigned mask, type value, int bits, int width = 32)
{
    return simt_shuffle_any(mask, value, simt_within(simt_lane() ^ bits, width));
}

static inline unsigned __ballot_sync(unsigned mask, int value)
{
    return simt_ballot(mask, value != 0);
}

static inline int __any_sync(unsigned mask, int value)
{
    return simt_ballot(mask, value != 0) != 0;
}

static inline int __all_sync(unsigned mask, int value)
{
    return simt_ballot(mask, value == 0) == 0;
}

static inline void __threadfence()
{
}

static inline void __threadfence_block()
{
}

template <typename type> static inline type __ldg(const type *address)
{
    return *address;
}

/* Threads take turns only where they wait, so that plain reading and writing is atomic; the checker is told by
 * simt_atomic, and must not see it as plain. */
#define SIMT_UNCHECKED __attribute__((no_sanitize("thread"), noinline))

template <typename type> SIMT_UNCHECKED static type atomicAdd(type *address, type value)
{
    simt_atomic(address, sizeof *address, __builtin_return_address(0));
    const type before = *address;
    *address = (type)(before + value);
    return before;
}

template <typename type> SIMT_UNCHECKED static type atomicMin(type *address, type value)
{
    simt_atomic(address, sizeof *address, __builtin_return_address(0));
    const type before = *address;
    *address = value < before ? value : before;
    return before;
}

template <typename type> SIMT_UNCHECKED static type atomicMax(type *address, type value)
{
    simt_atomic(address, sizeof *address, __builtin_return_address(0));
    const type before = *address;
    *address = value > before ? value : before;
    return before;
}

template <typename type> SIMT_UNCHECKED static type atomicExch(type *address, type value)
{
    simt_atomic(address, sizeof *address, __builtin_return_address(0));
    const type before = *address;
    *address = value;
    return before;
}

template <typename type> SIMT_UNCHECKED static type atomicCAS(type *address, type expected, type value)
{
    simt_atomic(address, sizeof *address, __builtin_return_address(0));
    const type before = *address;
    *address = before == expected ? value : before;
    return before;
}

static inline float __fmul_rn(float x, float y)
{
    return x * y;
}

static inline double __dmul_rn(double x, double y)
{
    return x * y;
}

static inline float rsqrtf(float x)
{
    return 1 / sqrtf(x);
}

static inline double rsqrt(double x)
{
    return 1 / sqrt(x);
}

static inline unsigned __float_as_uint(float x)
{
    unsigned bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float __uint_as_float(unsigned bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define SIMT_MIN_MAX(type)                                                                                             \
    static inline type min(type a, type b)                                                                             \
    {                                                                                                                  \
        return a < b ? a : b;                                                                                          \
    }                                                                                                                  \
    static inline type max(type a, type b)                                                                             \
    {                                                                                                                  \
        return a > b ? a : b;                                                                                          \
    }
SIMT_MIN_MAX(int)
SIMT_MIN_MAX(unsigned)
SIMT_MIN_MAX(long)
SIMT_MIN_MAX(unsigned long)
SIMT_MIN_MAX(long long)
SIMT_MIN_MAX(unsigned long long)

/* ---- the runtime --------------------------------------------------------------------------------------------------
 */

#define CUDART_VERSION 13000

enum cudaError_t {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidMemcpyDirection = 21,
    cudaErrorInsufficientDriver = 35,
    cudaErrorNoDevice = 100,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorStreamCaptureUnsupported = 900,
    cudaErrorStreamCaptureInvalidated = 901,
    cudaErrorIllegalState = 401,
    cudaErrorStreamCaptureIsolation = 905,
    cudaErrorCapturedEvent = 907
};

enum cudaMemcpyKind {
    cudaMemcpyHostToHost = 0,
    cudaMemcpyHostToDevice = 1,
    cudaMemcpyDeviceToHost = 2,
    cudaMemcpyDeviceToDevice = 3,
    cudaMemcpyDefault = 4
};

enum cudaStreamCaptureMode {
    cudaStreamCaptureModeGlobal = 0,
    cudaStreamCaptureModeThreadLocal = 1,
    cudaStreamCaptureModeRelaxed = 2
};

enum cudaStreamCaptureStatus {
    cudaStreamCaptureStatusNone = 0,
    cudaStreamCaptureStatusActive = 1,
    cudaStreamCaptureStatusInvalidated = 2
};

typedef struct CUstream_st *cudaStream_t;
typedef struct CUevent_st *cudaEvent_t;
typedef struct CUgraph_st *cudaGraph_t;
typedef struct CUgraphExec_st *cudaGraphExec_t;
enum { cudaStreamDefault = 0, cudaStreamNonBlocking = 1, cudaEventDefault = 0, cudaEventDisableTiming = 2 };

struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem;
    int major, minor, multiProcessorCount;
};

cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp *properties, int device);
cudaError_t cudaMemGetInfo(size_t *free_bytes, size_t *total_bytes);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
const char *cudaGetErrorString(cudaError_t error);
const char *cudaGetErrorName(cudaError_t error);

cudaError_t cudaMalloc(void **memory, size_t bytes);
cudaError_t cudaFree(void *memory);
cudaError_t cudaMallocHost(void **memory, size_t bytes);
cudaError_t cudaFreeHost(void *memory);
cudaError_t cudaMemcpy(void *to, const void *from, size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemset(void *memory, int value, size_t bytes);
cudaError_t cudaMemsetAsync(void *memory, int value, size_t bytes, cudaStream_t stream);

cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);
cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *milliseconds, cudaEvent_t from, cudaEvent_t to);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaDeviceSynchronize();

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus *status);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *executable, cudaGraph_t graph, unsigned long long flags);
cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable);

/* ---- launches ------------------------------------------------------------------------------------------------------
 */

/* A kernel and its arguments, to be run once for each thread. */
struct simt_call {
    size_t size; /* of the whole object: reading the arguments is no access to memory that a GPU would know */
    explicit simt_call(size_t bytes) : size(bytes)
    {
    }
    virtual ~simt_call() = default;
    virtual void run() const = 0;
};

template <typename... parameters> struct simt_call_of : simt_call {
    void (*kernel)(parameters...);
    std::tuple<parameters...> arguments;

    simt_call_of(void (*of)(parameters...), parameters... values)
        : simt_call(sizeof(simt_call_of)), kernel(of), arguments(values...)
    {
    }
    void run() const override
    {
        std::apply(kernel, arguments);
    }
};

/* A pointer that is neither NULL nor of the device is a finding; pointers in structs are found when they are used. */
void simt_check_argument(const char *kernel, int position, const void *pointer);

template <typename type> static inline void simt_check_any(const char *kernel, int position, const type &argument)
{
    if constexpr (std::is_pointer_v<type>)
        simt_check_argument(kernel, position, static_cast<const void *>(argument));
}

void simt_submit(const char *kernel, dim3 grid, dim3 block, size_t shared_bytes, cudaStream_t stream,
                 std::shared_ptr<const simt_call> call);

/* The kernel decides what the arguments are converted to. */
template <typename type> struct simt_as_declared {
    typedef type value;
};

template <typename... parameters>
static void simt_launch(const char *name, void (*kernel)(parameters...), dim3 grid, dim3 block, size_t shared_bytes,
                        cudaStream_t stream, typename simt_as_declared<parameters>::value... arguments)
{
    int position = 0;
    (simt_check_any<parameters>(name, position++, arguments), ...);
    simt_submit(name, grid, block, shared_bytes, stream,
                std::make_shared<const simt_call_of<parameters...>>(kernel, arguments...));
}

/* For nvcc the project defines it as kernel<<<grid, block, shared_bytes, stream>>>(arguments). */
#define GT_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                                      \
    simt_launch(#kernel, kernel, grid, block, shared_bytes, stream, __VA_ARGS__)

#endif
