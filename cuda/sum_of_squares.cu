/* sum_of_squares on CUDA; see ops/sum_of_squares.c. */
#include "cuda/reduction.h"

template <typename real> struct squares {
    const real *x;

    __device__ __forceinline__ double operator()(int64_t offset, int64_t output) const
    {
        (void)output;
        return (double)x[offset] * (double)x[offset];
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_reduction all = gt_reduce_all(gt_operand_size(&call->input[0]));
    return gt_run_sum<double>(call, &all, squares<real>{gt_input<real>(call, 0)}, gt_output<double>(call, 0), 1);
}

GT_CUDA_REAL_KERNEL(sum_of_squares, run)
