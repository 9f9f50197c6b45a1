/* Where the greatest or the least elements of a reduction stand: for max, min, argmax and their derivatives. A thread
 * finds an output's, or for more elements a warp, or for many a block. 4 bytes an element of float, at most 838 G
 * elements a second on an H100 (3.35 TB/s); 3 operations an element, of 67 TFLOP/s. */
#ifndef GT_CUDA_EXTREMUM_H
#define GT_CUDA_EXTREMUM_H

#include "cuda/reduction.h"
#include "cuda/rows.h"

/* The best so far, and its number among the elements behind the output; -1: none. */
template <typename real> struct gt_candidate {
    real value;
    int64_t at;

    /* NaN first, then the greater (or the less), then the earlier. */
    __device__ __forceinline__ void take(const gt_candidate &other, bool minimum)
    {
        const bool nan = value != value, other_nan = other.value != other.value;
        bool better = other.at < at;
        if (nan != other_nan)
            better = other_nan;
        else if (!nan && other.value != value)
            better = minimum ? other.value < value : other.value > value;
        if (other.at >= 0 && (at < 0 || better))
            *this = other;
    }
};

template <typename real> static __device__ __forceinline__ void gt_warp_extremum(gt_candidate<real> *best, bool minimum)
{
    for (int apart = GT_WARP / 2; apart > 0; apart /= 2) {
        gt_candidate<real> other;
        other.value = __shfl_xor_sync(0xffffffffu, best->value, apart);
        other.at = __shfl_xor_sync(0xffffffffu, best->at, apart);
        best->take(other, minimum);
    }
}

/* Of the elements first, first + step, ... behind the output that begins at x. */
template <typename real>
static __device__ __forceinline__ gt_candidate<real> gt_best_of(const gt_reduction &axes, const real *x, int64_t first,
                                                                int64_t step, bool minimum)
{
    gt_candidate<real> best = {0, -1};
    for (int64_t j = first; j < axes.count; j += step) {
        const int64_t offset = gt_axes_offset(axes.reduced, axes.reduced_dim, axes.reduced_stride, j);
        best.take(gt_candidate<real>{x[offset], j}, minimum);
    }
    return best;
}

/* result(output, number, offset) for each output: of its first extremum among the elements behind it, and in x. */
template <typename real, typename functor>
static __global__ void gt_find_short_extrema(gt_reduction axes, const real *x, bool minimum, functor result)
{
    for (int64_t output = gt_thread(); output < axes.outputs; output += gt_threads()) {
        const int64_t base = gt_axes_offset(axes.kept, axes.kept_dim, axes.kept_stride, output);
        const int64_t best = gt_best_of(axes, x + base, 0, 1, minimum).at;
        result(output, best, base + gt_axes_offset(axes.reduced, axes.reduced_dim, axes.reduced_stride, best));
    }
}

/* The same by warps, or blocks. */
template <typename real, typename functor>
static __global__ void gt_find_extrema(gt_reduction axes, bool long_rows, const real *x, bool minimum, functor result)
{
    __shared__ gt_candidate<real> shared[GT_ROW_WARPS];
    const gt_row_team<real> team(long_rows, nullptr);
    for (int64_t output = team.row; output < axes.outputs; output += team.rows) {
        const int64_t base = gt_axes_offset(axes.kept, axes.kept_dim, axes.kept_stride, output);
        gt_candidate<real> best = gt_best_of(axes, x + base, team.lane, team.size, minimum);
        gt_warp_extremum(&best, minimum);
        if (long_rows) {
            __syncthreads();
            if (threadIdx.x == 0)
                shared[threadIdx.y] = best;
            __syncthreads();
            for (int i = 0; i < GT_ROW_WARPS; i++)
                best.take(shared[i], minimum);
        }
        if (team.lane == 0)
            result(output, best.at,
                   base + gt_axes_offset(axes.reduced, axes.reduced_dim, axes.reduced_stride, best.at));
    }
}

/* Of input `x`; there is at least one element behind each output. */
template <typename real, typename functor>
static gt_status gt_run_extremum(const gt_call *call, int x, int64_t reduced_axes, bool minimum, functor result)
{
    gt_reduction axes;
    gt_reduction_plan(&axes, &call->input[x].spec->shape, (uint32_t)reduced_axes);
    if (axes.outputs == 0)
        return GT_OK;
    if (axes.count < GT_WARP) {
        GT_LAUNCH((gt_find_short_extrema<real, functor>), gt_blocks(axes.outputs), GT_THREADS, 0, gt_cuda_stream(call),
                  axes, gt_input<real>(call, x), minimum, result);
        return gt_cuda_launched(call);
    }
    const bool long_rows = axes.count >= GT_LONG_ROW;
    GT_LAUNCH((gt_find_extrema<real, functor>), gt_blocks(axes.outputs, long_rows ? 1 : GT_ROW_WARPS),
              dim3(GT_WARP, GT_ROW_WARPS), 0, gt_cuda_stream(call), axes, long_rows, gt_input<real>(call, x), minimum,
              result);
    return gt_cuda_launched(call);
}

/* y is what `values` has there. */
template <typename real> struct gt_pick_extremum {
    const real *values;
    real *y;
    __device__ __forceinline__ void operator()(int64_t output, int64_t number, int64_t offset) const
    {
        (void)number;
        y[output] = values[offset];
    }
};

#endif
