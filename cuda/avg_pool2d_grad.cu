/* avg_pool2d_grad on CUDA; see ops/avg_pool2d_grad.c. */
#include "cuda/pool2d.h"

template <typename real> struct shares {
    gt_pool2d plan;
    const real *dy;

    template <typename pack> __device__ __forceinline__ pack at(const gt_pixel &entry) const
    {
        const gt_range rows = plan.rows.holding(entry.row), columns = plan.columns.holding(entry.column);
        pack sum = {};
        for (int64_t i = rows.begin; i < rows.end; i++)
            for (int64_t j = columns.begin; j < columns.end; j++) {
                const pack given = gt_load<pack>(dy + plan.in_pooled(entry.image, i, j, entry.channel));
                const real part = 1 / (real)(plan.rows.entries(i).count() * plan.columns.entries(j).count());
                for (int k = 0; k < pack::size; k++)
                    sum.value[k] += given.value[k] * part;
            }
        return sum;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const shares<real> dx = {gt_plan_pool2d(call, &call->input[0]), gt_input<real>(call, 0)};
    return gt_run_pixel_map<real>(call, dx);
}

GT_CUDA_REAL_KERNEL(avg_pool2d_grad, run)
