/* gather on CUDA; see ops/gather.c. */
#include "cuda/indices.h"

template <typename element>
static __global__ void look_up(const element *x, gt_indices rows, element *y, int64_t width, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t column;
        const int64_t row = rows.at(gt_divide(i, width, &column));
        y[i] = row < 0 ? 0 : x[row * width + column];
    }
}

template <typename element> static gt_status run(const gt_call *call)
{
    const gt_shape *x = &call->input[0].spec->shape;
    const int64_t n = gt_operand_size(&call->output[0]);
    if (n == 0)
        return gt_only_check_indices(call, 1, x->dim[0]);
    const gt_indices rows = gt_indices_of(call, 1, x->dim[0]);
    if (!rows.key)
        return GT_ERR_DEVICE;
    GT_LAUNCH(look_up<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<element>(call, 0), rows,
              gt_output<element>(call, 0), gt_row_width(x, 1), n);
    return gt_cuda_launched(call);
}

GT_CUDA_MOVE_KERNEL(gather, run)
