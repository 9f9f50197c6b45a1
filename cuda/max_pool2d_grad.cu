/* max_pool2d_grad on CUDA; see ops/max_pool2d_grad.c. Each entry of x asks every window that holds it whether it is the
 * first maximum there, and stops at the first entry that beats it. */
#include "cuda/pool2d.h"

/* Whether an entry before, or behind, keeps x from being the first maximum. NaN is the largest. */
template <typename real> static __device__ __forceinline__ bool beats(real entry, real x, bool before)
{
    if (x != x)
        return before && entry != entry;
    return before ? !(entry < x) : !(entry <= x);
}

template <typename real> struct gathered {
    gt_pool2d plan;
    const real *dy, *x;

    template <typename pack> __device__ __forceinline__ pack at(const gt_pixel &entry) const
    {
        const gt_range rows = plan.rows.holding(entry.row), columns = plan.columns.holding(entry.column);
        pack sum = {};
        for (int64_t i = rows.begin; i < rows.end; i++)
            for (int64_t j = columns.begin; j < columns.end; j++) {
                const unsigned first = first_in<pack>(entry, plan.rows.entries(i), plan.columns.entries(j));
                const pack given = gt_load<pack>(dy + plan.in_pooled(entry.image, i, j, entry.channel));
                for (int k = 0; k < pack::size; k++)
                    sum.value[k] += first >> k & 1 ? given.value[k] : 0;
            }
        return sum;
    }

    /* Bit k: the entry's channel k is the first maximum of the window. */
    template <typename pack>
    __device__ __forceinline__ unsigned first_in(const gt_pixel &entry, gt_range rows, gt_range columns) const
    {
        const int64_t own = plan.in_images(entry.image, entry.row, entry.column, entry.channel);
        const pack value = gt_load<pack>(x + own);
        unsigned first = (1u << pack::size) - 1;
        for (int64_t h = rows.begin; h < rows.end; h++)
            for (int64_t w = columns.begin; w < columns.end && first; w++) {
                const int64_t i = plan.in_images(entry.image, h, w, entry.channel);
                if (i == own)
                    continue;
                const pack other = gt_load<pack>(x + i);
                for (int k = 0; k < pack::size; k++)
                    first &= ~((unsigned)beats(other.value[k], value.value[k], i < own) << k);
            }
        return first;
    }
};

template <typename real> static gt_status run(const gt_call *call)
{
    const gathered<real> dx = {gt_plan_pool2d(call, &call->input[0]), gt_input<real>(call, 0), gt_input<real>(call, 1)};
    return gt_run_pixel_map<real>(call, dx);
}

GT_CUDA_REAL_KERNEL(max_pool2d_grad, run)
