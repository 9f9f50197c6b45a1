/* What every op's .cu begins with: how a kernel is launched, on which stream, and how errors come back.
 *
 * cuda/NAME.cu defines gt_cuda_NAME, the CUDA kernel of the op NAME, which cuda/list.cu enters in the op's slot. It
 * plans on the host, launches, and returns at once; all memory that it gets from gt_call_scratch is freed, in the order
 * of the stream, when it returns. Everything compiles as CUDA C++ and, on the host executor of tests/simt, as plain
 * C++. */
#ifndef GT_CUDA_KERNEL_H
#define GT_CUDA_KERNEL_H

#include <cuda_runtime.h>

#include <string.h>

#include "core/op.h"
#include "ops/attributes.h"

/* A kernel that is a template with several arguments stands in parentheses. */
#ifdef __CUDACC__
#define GT_LAUNCH(kernel, grid, block, shared_bytes, stream, ...)                                                      \
    (kernel)<<<(grid), (block), (shared_bytes), (stream)>>>(__VA_ARGS__)
#endif

/* Begins the definition of an op's CUDA kernel. */
#define GT_CUDA_KERNEL(op) gt_status gt_cuda_##op(const gt_call *call)

/* The kernel run<float> or run<double>, by the dtype of input 0. */
#define GT_CUDA_REAL_KERNEL(op, run)                                                                                   \
    GT_CUDA_KERNEL(op)                                                                                                 \
    {                                                                                                                  \
        return call->input[0].spec->dtype == GT_FLOAT32 ? run<float>(call) : run<double>(call);                        \
    }

/* What run<element>::on(call) returns, by any dtype. */
template <template <typename> class run> static inline gt_status gt_run_any(const gt_call *call, gt_dtype dtype)
{
    switch (dtype) {
    case GT_FLOAT32:
        return run<float>::on(call);
    case GT_FLOAT64:
        return run<double>::on(call);
    case GT_INT32:
        return run<int32_t>::on(call);
    case GT_UINT8:
        break;
    }
    return run<uint8_t>::on(call);
}

/* The stream that the call's work belongs to. */
cudaStream_t gt_cuda_stream(const gt_call *call);

/* After each launch: GT_OK, or GT_ERR_DEVICE with the op's name and CUDA's message. */
gt_status gt_cuda_launched(const gt_call *call);

/* The operands of a call as arrays. */
template <typename element> static inline const element *gt_input(const gt_call *call, int i)
{
    return static_cast<const element *>(call->input[i].data);
}

/* Of an op that writes its inputs. */
template <typename element> static inline element *gt_written_input(const gt_call *call, int i)
{
    return static_cast<element *>(call->input[i].data);
}

template <typename element> static inline element *gt_output(const gt_call *call, int i)
{
    return static_cast<element *>(call->output[i].data);
}

template <typename type> static inline const type &gt_attributes(const gt_call *call)
{
    return *static_cast<const type *>(call->attributes);
}

/* Workspace of the call; NULL with the message set. */
template <typename element> static inline element *gt_workspace(const gt_call *call, int64_t count)
{
    return static_cast<element *>(gt_call_scratch(call, (size_t)count * sizeof(element)));
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

enum {
    GT_WARP = 32,
    GT_THREADS = 256 /* of a block, unless a kernel says otherwise */
};

/* Of a kernel whose threads go on to further elements: enough to fill any GPU. */
static const int64_t GT_MOST_BLOCKS = 4096;

/* Blocks of `per_block` pieces of work for so many pieces, at least one. */
static inline unsigned gt_blocks(int64_t pieces, int64_t per_block = GT_THREADS)
{
    const int64_t blocks = (pieces + per_block - 1) / per_block;
    return (unsigned)(blocks < 1 ? 1 : blocks < GT_MOST_BLOCKS ? blocks : GT_MOST_BLOCKS);
}

/* A thread's first element, and how far its next one is: for (int64_t i = gt_thread(); i < n; i += gt_threads()). */
static __device__ __forceinline__ int64_t gt_thread()
{
    return (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ __forceinline__ int64_t gt_threads()
{
    return (int64_t)gridDim.x * blockDim.x;
}

/* The quotient and remainder of an index: divisions of 64 bits are slow, and indices seldom need them. */
static __device__ __forceinline__ int64_t gt_divide(int64_t i, int64_t by, int64_t *rest)
{
    if ((i | by) >> 32 == 0) {
        const uint32_t quotient = (uint32_t)i / (uint32_t)by;
        *rest = (int64_t)((uint32_t)i - quotient * (uint32_t)by);
        return (int64_t)quotient;
    }
    const int64_t quotient = i / by;
    *rest = i - quotient * by;
    return quotient;
}

/* The sum, or the largest, of the values of a warp's threads, for each of them; all 32 must call it. */
template <typename real> static __device__ __forceinline__ real gt_warp_sum(real value)
{
    for (int apart = GT_WARP / 2; apart > 0; apart /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, apart);
    return value;
}

template <typename real> static __device__ __forceinline__ real gt_warp_max(real value)
{
    for (int apart = GT_WARP / 2; apart > 0; apart /= 2) {
        const real other = __shfl_xor_sync(0xffffffffu, value, apart);
        value = other > value ? other : value;
    }
    return value;
}

/* ---- bad values ------------------------------------------------------------------------------------------------- */

/* A kernel that reads labels or indices reports those outside 0 <= value < bound, skips them, and goes on; the next
 * time the host waits for the queue, the error tells of the first position, in the words of the CPU's kernels. The key
 * is of device memory, for gt_report_value; NULL with the message set. */
typedef enum gt_bad_value {
    GT_BAD_INDEX,
    GT_BAD_LABEL,
    GT_BAD_NUMBER /* reported as gt_number_bits, by an op that makes indices of numbers */
} gt_bad_value;
unsigned long long *gt_cuda_value_key(const gt_call *call, gt_bad_value kind, int64_t bound);

static __device__ __forceinline__ int32_t gt_number_bits(float number)
{
    int32_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static __device__ __forceinline__ void gt_report_value(unsigned long long *key, int64_t position, int32_t value)
{
    /* The least key is that of the first position, whatever the order of threads. */
    atomicMin(key, (unsigned long long)position << 32 | (uint32_t)value);
}

#endif
