/* cast on CUDA; see ops/cast.c. */
#include "cuda/kernel.h"
#include "ops/scalar.h"

/* From double, which holds every dtype's values exactly. */
template <typename to> static __device__ __forceinline__ to converted(double x)
{
    return (to)x;
}
template <> __device__ __forceinline__ int32_t converted<int32_t>(double x)
{
    return gt_cast_to_int32(x);
}
template <> __device__ __forceinline__ uint8_t converted<uint8_t>(double x)
{
    return gt_cast_to_uint8(x);
}

template <typename from, typename to> static __global__ void convert(const from *x, to *y, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads())
        y[i] = converted<to>((double)x[i]);
}

template <typename from, typename to> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    GT_LAUNCH((convert<from, to>), gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<from>(call, 0),
              gt_output<to>(call, 0), n);
    return gt_cuda_launched(call);
}

template <typename from> static gt_status run_from(const gt_call *call)
{
    switch (call->output[0].spec->dtype) {
    case GT_FLOAT32:
        return run<from, float>(call);
    case GT_FLOAT64:
        return run<from, double>(call);
    case GT_INT32:
        return run<from, int32_t>(call);
    case GT_UINT8:
        break;
    }
    return run<from, uint8_t>(call);
}

GT_CUDA_KERNEL(cast)
{
    switch (call->input[0].spec->dtype) {
    case GT_FLOAT32:
        return run_from<float>(call);
    case GT_FLOAT64:
        return run_from<double>(call);
    case GT_INT32:
        return run_from<int32_t>(call);
    case GT_UINT8:
        break;
    }
    return run_from<uint8_t>(call);
}
