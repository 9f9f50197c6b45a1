/* copy on CUDA; see core/copy.c. */
#include "cuda/copy.h"

GT_CUDA_KERNEL(copy)
{
    return gt_run_copy(call);
}
