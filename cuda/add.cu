/* add on CUDA; see core/add.c. */
#include "cuda/elementwise.h"

struct add_formula {
    template <typename real> __device__ real operator()(real a, real b) const
    {
        return a + b;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_binary_to<real, real>(call, add_formula());
}

GT_CUDA_REAL_KERNEL(add, run)
