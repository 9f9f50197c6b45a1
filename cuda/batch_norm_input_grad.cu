/* batch_norm_input_grad on CUDA; see ops/batch_norm_input_grad.c. */
#include "cuda/batch_norm.h"

enum { DY, X, GAMMA, MEAN, VARIANCE, DGAMMA, DBETA };

/* dx = slope ((dy - shift) - (x - mean) fall); where nothing is left of dy it is 0, also where the slope is infinite.
 */
template <typename real> struct input_gradient {
    const real *dy, *x, *gamma, *mean, *variance, *dgamma, *dbeta;
    double epsilon;
    real rows;

    struct coefficients {
        real mean, slope, shift, fall;
    };

    __device__ __forceinline__ coefficients channel(int64_t k) const
    {
        const real inverse = gt_inverse_deviation(variance[k], epsilon);
        return {mean[k], inverse * gamma[k], dbeta[k] / rows, gt_product_no_nan()(inverse, dgamma[k]) / rows};
    }

    template <typename pack> __device__ __forceinline__ pack values(int64_t i, const coefficients own[]) const
    {
        pack values = gt_load<pack>(dy + i);
        const pack at = gt_load<pack>(x + i);
        for (int k = 0; k < pack::size; k++) {
            const real along_x = gt_product_no_nan()(at.value[k] - own[k].mean, own[k].fall);
            values.value[k] = gt_product_no_nan()(own[k].slope, (values.value[k] - own[k].shift) - along_x);
        }
        return values;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const input_gradient<real> dx = {gt_input<real>(call, DY),
                                     gt_input<real>(call, X),
                                     gt_input<real>(call, GAMMA),
                                     gt_input<real>(call, MEAN),
                                     gt_input<real>(call, VARIANCE),
                                     gt_input<real>(call, DGAMMA),
                                     gt_input<real>(call, DBETA),
                                     gt_attributes<gt_epsilon_attributes>(call).epsilon,
                                     (real)gt_channel_rows(&call->input[X])};
    return gt_run_channel_map<real>(call, dx);
}

GT_CUDA_REAL_KERNEL(batch_norm_input_grad, run)
