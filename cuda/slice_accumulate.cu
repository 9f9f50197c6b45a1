/* slice_accumulate on CUDA; see ops/slice_accumulate.c. */
#include "cuda/moves.h"

template <typename real> static __global__ void add(real *dx, const real *dy, gt_box box, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads())
        dx[box.offset(i)] += dy[i];
}

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_slice_attributes &attributes = gt_attributes<gt_slice_attributes>(call);
    const gt_box box = gt_plan_box(&call->input[0].spec->shape, attributes.begin, &attributes.size);
    const int64_t n = gt_operand_size(&call->input[1]);
    if (n == 0)
        return GT_OK;
    GT_LAUNCH(add<real>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_written_input<real>(call, 0),
              gt_input<real>(call, 1), box, n);
    return gt_cuda_launched(call);
}

GT_CUDA_REAL_KERNEL(slice_accumulate, run)
