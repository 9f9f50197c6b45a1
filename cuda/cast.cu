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

template <typename from> struct run_from {
    template <typename to> struct run {
        static gt_status on(const gt_call *call)
        {
            const int64_t n = gt_operand_size(&call->output[0]);
            if (n == 0)
                return GT_OK;
            GT_LAUNCH((convert<from, to>), gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<from>(call, 0),
                      gt_output<to>(call, 0), n);
            return gt_cuda_launched(call);
        }
    };
    static gt_status on(const gt_call *call)
    {
        return gt_run_any<run>(call, call->output[0].spec->dtype);
    }
};

GT_CUDA_KERNEL(cast)
{
    return gt_run_any<run_from>(call, call->input[0].spec->dtype);
}
