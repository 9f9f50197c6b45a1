/* stop_gradient on CUDA; see ops/stop_gradient.c. */
#include "cuda/copy.h"

GT_CUDA_KERNEL(stop_gradient)
{
    return gt_run_copy(call);
}
