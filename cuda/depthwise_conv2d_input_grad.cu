/* depthwise_conv2d_input_grad on CUDA; see ops/depthwise_conv2d_input_grad.c, and cuda/depthwise.h for how fast. Each
 * pixel gathers what the windows over it send back. */
#include "cuda/depthwise.h"

template <typename real> struct images_grad {
    gt_depthwise plan;
    const real *dy, *filter;

    /* What the outputs of these channels send back through one filter entry. */
    template <typename pack>
    __device__ __forceinline__ void add(pack *sum, const real *from, const real *entry, int64_t channel) const
    {
        if (plan.multiplier == 1) {
            const pack a = gt_load<pack>(from + channel), b = gt_load<pack>(entry + channel);
            for (int k = 0; k < pack::size; k++)
                sum->value[k] += a.value[k] * b.value[k];
            return;
        }
        for (int k = 0; k < pack::size; k++)
            for (int64_t m = 0; m < plan.multiplier; m++) {
                const int64_t output = (channel + k) * plan.multiplier + m;
                sum->value[k] += from[output] * entry[output];
            }
    }

    template <typename pack> __device__ __forceinline__ pack at(const gt_pixel &pixel) const
    {
        pack sum = {};
        for (int64_t u = 0; u < plan.rows.entries; u++) {
            const int64_t i = plan.rows.window_over(pixel.row, u);
            if (i < 0)
                continue;
            for (int64_t v = 0; v < plan.columns.entries; v++) {
                const int64_t j = plan.columns.window_over(pixel.column, v);
                if (j >= 0)
                    add(&sum, dy + plan.in_results(pixel.image, i, j), filter + plan.in_filter(u, v), pixel.channel);
            }
        }
        return sum;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const images_grad<real> dx = {gt_plan_depthwise(call, &call->input[0]), gt_input<real>(call, 0),
                                  gt_input<real>(call, 1)};
    return gt_run_pixel_map<real>(call, dx);
}

GT_CUDA_REAL_KERNEL(depthwise_conv2d_input_grad, run)
