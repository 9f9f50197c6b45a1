/* linear_relu on CUDA; see ops/linear_relu.c. */
#include "cuda/linear.h"

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_linear<real>(call, gt_relu_formula());
}

GT_CUDA_REAL_KERNEL(linear_relu, run)
