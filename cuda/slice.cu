/* slice on CUDA; see ops/slice.c. */
#include "cuda/moves.h"

template <typename element> static __global__ void cut(const element *x, element *y, gt_box box, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads())
        y[i] = x[box.offset(i)];
}

template <typename element> static gt_status run(const gt_call *call)
{
    const gt_slice_attributes &attributes = gt_attributes<gt_slice_attributes>(call);
    const gt_box box = gt_plan_box(&call->input[0].spec->shape, attributes.begin, &attributes.size);
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    GT_LAUNCH(cut<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<element>(call, 0),
              gt_output<element>(call, 0), box, n);
    return gt_cuda_launched(call);
}

GT_CUDA_MOVE_KERNEL(slice, run)
