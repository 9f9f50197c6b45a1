/* gather_accumulate on CUDA; see ops/gather_accumulate.c. */
#include "cuda/add_rows.h"

template <typename real> static gt_status run(const gt_call *call)
{
    return gt_run_add_rows(call, gt_written_input<real>(call, 0), call->input[0].spec->shape.dim[0], &call->input[1],
                           2);
}

GT_CUDA_REAL_KERNEL(gather_accumulate, run)
