/* argmax on CUDA; see ops/argmax.c. */
#include "cuda/extremum.h"

struct number_extremum {
    int32_t *y;
    __device__ __forceinline__ void operator()(int64_t output, int64_t number, int64_t offset) const
    {
        (void)offset;
        y[output] = (int32_t)number;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const int64_t axis = gt_attributes<gt_axis_attributes>(call).axis;
    return gt_run_extremum<real>(call, 0, INT64_C(1) << axis, false, number_extremum{gt_output<int32_t>(call, 0)});
}

GT_CUDA_REAL_KERNEL(argmax, run)
