/* depthwise_conv2d on CUDA; see ops/depthwise_conv2d.c, and cuda/depthwise.h for how fast. */
#include "cuda/depthwise.h"

template <typename real> struct results {
    gt_depthwise plan;
    const real *x, *filter;

    /* x of the channels that these outputs belong to, `channel` the first of them. */
    template <typename pack> __device__ __forceinline__ pack repeated(const real *pixel, int64_t channel) const
    {
        if (plan.multiplier == 1)
            return gt_load<pack>(pixel + channel);
        pack values;
        int64_t rest;
        for (int k = 0; k < pack::size; k++)
            values.value[k] = pixel[gt_divide(channel + k, plan.multiplier, &rest)];
        return values;
    }

    template <typename pack> __device__ __forceinline__ pack at(const gt_pixel &result) const
    {
        pack sum = {};
        for (int64_t u = 0; u < plan.rows.entries; u++) {
            const int64_t row = plan.rows.under(result.row, u);
            if (!plan.rows.is_inside(row))
                continue;
            for (int64_t v = 0; v < plan.columns.entries; v++) {
                const int64_t column = plan.columns.under(result.column, v);
                if (!plan.columns.is_inside(column))
                    continue;
                const pack a = repeated<pack>(x + plan.in_images(result.image, row, column), result.channel);
                const pack b = gt_load<pack>(filter + plan.in_filter(u, v) + result.channel);
                for (int k = 0; k < pack::size; k++)
                    sum.value[k] += a.value[k] * b.value[k];
            }
        }
        return sum;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const results<real> y = {gt_plan_depthwise(call, &call->output[0]), gt_input<real>(call, 0),
                             gt_input<real>(call, 1)};
    return gt_run_pixel_map<real>(call, y);
}

GT_CUDA_REAL_KERNEL(depthwise_conv2d, run)
