/* where on CUDA; see ops/where.c. */
#include "cuda/elementwise.h"

template <typename real>
static __global__ void choose(const uint8_t *condition, const real *a, const real *b, real *y, gt_broadcast plan,
                              int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t offset[3];
        gt_broadcast_offsets<3>(plan, i, offset);
        y[i] = condition[offset[0]] ? a[offset[1]] : b[offset[2]];
    }
}

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    gt_broadcast plan;
    gt_plan_inputs(call, &plan);
    if (n == 0)
        return GT_OK;
    GT_LAUNCH(choose<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<uint8_t>(call, 0),
              gt_input<real>(call, 1), gt_input<real>(call, 2), gt_output<real>(call, 0), plan, n);
    return gt_cuda_launched(call);
}

GT_CUDA_KERNEL(where)
{
    return call->output[0].spec->dtype == GT_FLOAT32 ? run<float>(call) : run<double>(call);
}
