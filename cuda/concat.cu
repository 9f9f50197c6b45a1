/* concat on CUDA; see ops/concat.c. One launch for each input. */
#include "cuda/moves.h"

/* Rows of `length` elements, into rows of `row`. */
template <typename element>
static __global__ void place(const element *x, element *y, int64_t length, int64_t row, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        int64_t column;
        const int64_t at = gt_divide(i, length, &column);
        y[at * row + column] = x[i];
    }
}

template <typename element> static gt_status run(const gt_call *call)
{
    const int64_t axis = gt_attributes<gt_axis_attributes>(call).axis;
    const int64_t row = gt_row_width(&call->output[0].spec->shape, axis);
    element *y = gt_output<element>(call, 0);
    gt_status status = GT_OK;
    for (int i = 0; status == GT_OK && i < call->inputs; i++) {
        const int64_t length = gt_row_width(&call->input[i].spec->shape, axis), n = gt_operand_size(&call->input[i]);
        if (n == 0)
            continue;
        GT_LAUNCH(place<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<element>(call, i), y,
                  length, row, n);
        status = gt_cuda_launched(call);
        y += length;
    }
    return status;
}

GT_CUDA_MOVE_KERNEL(concat, run)
