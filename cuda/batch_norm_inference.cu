/* batch_norm_inference on CUDA; see ops/batch_norm_inference.c. */
#include "cuda/batch_norm.h"

enum { X, GAMMA, BETA, MEAN, VARIANCE };

template <typename real> static gt_status run(const gt_call *call)
{
    const gt_normalised<real> y = {gt_input<real>(call, X),
                                   gt_input<real>(call, GAMMA),
                                   gt_input<real>(call, BETA),
                                   gt_input<real>(call, MEAN),
                                   gt_input<real>(call, VARIANCE),
                                   gt_attributes<gt_epsilon_attributes>(call).epsilon,
                                   false};
    return gt_run_channel_map<real>(call, y);
}

GT_CUDA_REAL_KERNEL(batch_norm_inference, run)
