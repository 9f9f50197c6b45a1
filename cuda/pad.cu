/* pad on CUDA; see ops/pad.c. */
#include "cuda/moves.h"

/* x inside of y. */
struct frame {
    int rank;
    int64_t y_dim[GT_MAX_RANK], x_dim[GT_MAX_RANK], before[GT_MAX_RANK];

    /* Where entry i of y comes from in x; -1 for the frame. */
    __device__ __forceinline__ int64_t offset(int64_t i) const
    {
        int64_t offset = 0, stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            int64_t index;
            i = gt_divide(i, y_dim[axis], &index);
            index -= before[axis];
            if (index < 0 || index >= x_dim[axis])
                return -1;
            offset += index * stride;
            stride *= x_dim[axis];
        }
        return offset;
    }
};

template <typename element>
static __global__ void surround(const element *x, element *y, frame around, element value, int64_t n)
{
    for (int64_t i = gt_thread(); i < n; i += gt_threads()) {
        const int64_t from = around.offset(i);
        y[i] = from < 0 ? value : x[from];
    }
}

template <typename element> struct run {
    static gt_status on(const gt_call *call)
    {
        const gt_pad_attributes &attributes = gt_attributes<gt_pad_attributes>(call);
        const gt_shape *x = &call->input[0].spec->shape, *y = &call->output[0].spec->shape;
        const int64_t n = gt_operand_size(&call->output[0]);
        frame around = {(int)x->rank, {}, {}, {}};
        for (int axis = 0; axis < around.rank; axis++) {
            around.y_dim[axis] = y->dim[axis];
            around.x_dim[axis] = x->dim[axis];
            around.before[axis] = attributes.before[axis];
        }
        if (n == 0)
            return GT_OK;
        GT_LAUNCH(surround<element>, gt_blocks(n), GT_THREADS, 0, gt_cuda_stream(call), gt_input<element>(call, 0),
                  gt_output<element>(call, 0), around, (element)attributes.value, n);
        return gt_cuda_launched(call);
    }
};

GT_CUDA_KERNEL(pad)
{
    return gt_run_any<run>(call, call->output[0].spec->dtype);
}
