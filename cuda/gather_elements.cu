/* gather_elements on CUDA; see ops/gather_elements.c. */
#include "cuda/indices.h"

template <typename element> static __global__ void pick(const element *x, gt_indices columns, element *y, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        const int64_t column = columns.at(i);
        y[i] = column < 0 ? 0 : x[i * columns.bound + column];
    }
}

template <typename element> static gt_status run(const gt_call *call)
{
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return GT_OK;
    const gt_indices columns = gt_indices_of(call, 1, call->input[0].spec->shape.dim[1]);
    if (!columns.key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(pick<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<element>(call, 0), columns,
              gt_output<element>(call, 0), n);
    return gt_cuda_launched(call);
}

GT_CUDA_MOVE_KERNEL(gather_elements, run)
