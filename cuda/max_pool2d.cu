/* max_pool2d on CUDA; see ops/max_pool2d.c. */
#include "cuda/pool2d.h"

GT_FORMULA(larger, gt_maximum_value)

template <typename real> struct largest {
    gt_pool2d plan;
    const real *x;

    template <typename pack> __device__ __forceinline__ pack at(const gt_pixel &y) const
    {
        const gt_range rows = plan.rows.entries(y.row), columns = plan.columns.entries(y.column);
        pack max = gt_load<pack>(x + plan.in_images(y.image, rows.begin, columns.begin, y.channel));
        for (int64_t h = rows.begin; h < rows.end; h++)
            for (int64_t w = columns.begin; w < columns.end; w++) {
                const pack entry = gt_load<pack>(x + plan.in_images(y.image, h, w, y.channel));
                for (int k = 0; k < pack::size; k++)
                    max.value[k] = larger()(max.value[k], entry.value[k]);
            }
        return max;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const largest<real> y = {gt_plan_pool2d(call, &call->output[0]), gt_input<real>(call, 0)};
    return gt_run_pixel_map<real>(call, y);
}

GT_CUDA_REAL_KERNEL(max_pool2d, run)
