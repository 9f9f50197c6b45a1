/* max_pool2d_pick on CUDA; see ops/max_pool2d_pick.c. g is read where x is, whether it is picked or not: entries that
 * are not lie in the same sectors of memory. */
#include "cuda/pool2d.h"

template <typename real> struct picked {
    gt_pool2d plan;
    const real *g, *x;

    template <typename pack> __device__ __forceinline__ pack at(const gt_pixel &y) const
    {
        const gt_range rows = plan.rows.entries(y.row), columns = plan.columns.entries(y.column);
        const int64_t first = plan.in_images(y.image, rows.begin, columns.begin, y.channel);
        pack max = gt_load<pack>(x + first), pick = gt_load<pack>(g + first);
        for (int64_t h = rows.begin; h < rows.end; h++)
            for (int64_t w = columns.begin; w < columns.end; w++) {
                const int64_t i = plan.in_images(y.image, h, w, y.channel);
                const pack entry = gt_load<pack>(x + i), given = gt_load<pack>(g + i);
                for (int k = 0; k < pack::size; k++)
                    if (max.value[k] == max.value[k] && !(entry.value[k] <= max.value[k])) { /* NaN is the largest */
                        max.value[k] = entry.value[k];
                        pick.value[k] = given.value[k];
                    }
            }
        return pick;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const picked<real> y = {gt_plan_pool2d(call, &call->output[0]), gt_input<real>(call, 0), gt_input<real>(call, 1)};
    return gt_run_pixel_map<real>(call, y);
}

GT_CUDA_REAL_KERNEL(max_pool2d_pick, run)
