/* fill on CUDA; see core/fill.c. */
#include "core/builtin.h"
#include "cuda/kernel.h"

template <typename element> static __global__ void fill(element *y, int64_t n, element value)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads())
        y[i] = value;
}

template <typename element> struct run {
    static gt_status on(const gt_call *call)
    {
        const int64_t n = gt_operand_size(&call->output[0]);
        const element value = (element)gt_attributes<gt_fill_attributes>(call).value;
        if (n == 0)
            return GT_OK;
        GT_LAUNCH(fill<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_output<element>(call, 0), n,
                  value);
        return gt_cuda_launched(call);
    }
};

GT_CUDA_KERNEL(fill)
{
    return gt_run_any<run>(call, call->output[0].spec->dtype);
}
