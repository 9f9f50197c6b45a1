/* broadcast_to on CUDA; see core/broadcast_to.c. */
#include "cuda/elementwise.h"

template <typename real> static __global__ void stretch(const real *x, real *y, gt_broadcast plan, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t offset;
        gt_broadcast_offsets<1>(plan, i, &offset);
        y[i] = x[offset];
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    gt_broadcast plan;
    gt_plan_inputs(call, &plan);
    if (n == 0)
        return GT_OK;
    GT_LAUNCH(stretch<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<real>(call, 0),
              gt_output<real>(call, 0), plan, n);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(broadcast_to, run)
