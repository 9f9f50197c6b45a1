/* Sums over any axes, deterministic: the elements behind an output are cut into chunks by shape alone, each chunk is
 * summed by the threads of one warp or of one column of a block, in a fixed order, and a second pass sums the chunks.
 *
 * A sum reads 4 bytes an element (float) and adds once: an H100 (3.35 TB/s) does at most 838 G elements a second. */
#ifndef GT_CUDA_REDUCTION_H
#define GT_CUDA_REDUCTION_H

#include "core/reduction.h"
#include "cuda/kernel.h"

enum {
    GT_SUM_WARPS = 8,    /* of a block */
    GT_SUM_CHUNK = 256,  /* elements that are worth a warp of their own */
    GT_SUM_PIECES = 2048 /* warps that fill a GPU */
};

static __device__ __forceinline__ int64_t gt_axes_offset(int axes, const int64_t dim[], const int64_t stride[],
                                                         int64_t index)
{
    if (axes == 1)
        return index * stride[0];
    int64_t offset = 0;
    for (int i = 0; i < axes; i++) {
        int64_t at;
        index = gt_divide(index, dim[i], &at);
        offset += at * stride[i];
    }
    return offset;
}

/* Where a sum's elements lie, and how they are cut. */
struct gt_sum_plan {
    gt_reduction axes;
    int64_t chunks; /* of the elements behind an output */

    __device__ __forceinline__ int64_t base(int64_t output) const
    {
        return gt_axes_offset(axes.kept, axes.kept_dim, axes.kept_stride, output);
    }
    __device__ __forceinline__ int64_t element(int64_t j) const
    {
        return gt_axes_offset(axes.reduced, axes.reduced_dim, axes.reduced_stride, j);
    }
    __device__ __forceinline__ int64_t begin(int64_t chunk) const
    {
        return axes.count * chunk / chunks;
    }
};

/* A warp sums each chunk of each output: for elements that are neighbours. With one chunk, y = the sum / divisor; else
 * y is the chunks' sums, (outputs, chunks). */
template <typename real, typename term>
static __global__ void gt_sum_runs(gt_sum_plan plan, term value, real *y, real divisor)
{
    const int64_t pieces = plan.axes.outputs * plan.chunks;
    for (int64_t piece = (int64_t)blockIdx.x * GT_SUM_WARPS + threadIdx.y; piece < pieces;
         piece += (int64_t)gridDim.x * GT_SUM_WARPS) {
        int64_t chunk, output = gt_divide(piece, plan.chunks, &chunk);
        const int64_t base = plan.base(output), end = plan.begin(chunk + 1);
        real sum = 0;
        for (int64_t j = plan.begin(chunk) + threadIdx.x; j < end; j += GT_WARP)
            sum += value(base + plan.element(j), output);
        sum = gt_warp_sum(sum);
        if (threadIdx.x == 0)
            y[piece] = sum / divisor;
    }
}

/* A block sums a chunk of 32 neighbouring outputs, each thread a part of one: for outputs that are neighbours. */
template <typename real, typename term>
static __global__ void gt_sum_columns(gt_sum_plan plan, term value, real *y, real divisor)
{
    __shared__ real part[GT_SUM_WARPS][GT_WARP];
    const int64_t output = (int64_t)blockIdx.x * GT_WARP + threadIdx.x, chunk = blockIdx.y;
    real sum = 0;
    if (output < plan.axes.outputs) {
        const int64_t base = plan.base(output), end = plan.begin(chunk + 1);
        for (int64_t j = plan.begin(chunk) + threadIdx.y; j < end; j += GT_SUM_WARPS)
            sum += value(base + plan.element(j), output);
    }
    part[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y == 0 && output < plan.axes.outputs) {
        for (int i = 1; i < GT_SUM_WARPS; i++)
            sum += part[i][threadIdx.x];
        y[output * plan.chunks + chunk] = sum / divisor;
    }
}

/* The value of an element: its own. */
template <typename real> struct gt_sum_values {
    const real *x;
    __device__ __forceinline__ real operator()(int64_t offset, int64_t output) const
    {
        (void)output;
        return x[offset];
    }
};

/* Whether neighbouring outputs lie side by side, so that a block takes 32 of them. */
static inline bool gt_sums_are_columns(const gt_reduction *axes)
{
    return axes->kept && axes->kept_stride[0] == 1 && axes->kept_dim[0] > 1 && axes->count > 1;
}

static inline int64_t gt_column_blocks(int64_t outputs)
{
    return (outputs + GT_WARP - 1) / GT_WARP;
}

template <typename real, typename term>
static gt_status gt_sum_pass(const gt_call *call, const gt_sum_plan &plan, term value, real *y, real divisor)
{
    const gt_reduction *axes = &plan.axes;
    const dim3 block(GT_WARP, GT_SUM_WARPS);
    if (gt_sums_are_columns(axes)) {
        const dim3 grid((unsigned)gt_column_blocks(axes->outputs), (unsigned)plan.chunks);
        GT_LAUNCH((gt_sum_columns<real, term>), grid, block, 0, gt_cuda_stream(call), plan, value, y, divisor);
    } else {
        GT_LAUNCH((gt_sum_runs<real, term>), gt_blocks(axes->outputs * plan.chunks, GT_SUM_WARPS), block, 0,
                  gt_cuda_stream(call), plan, value, y, divisor);
    }
    return gt_cuda_launched(call);
}

/* y[output] = the sum of value(offset, output) over the elements behind each output, `offset` being the element's in
 * the reduced tensor, / divisor. `term` is a functor that is passed to the device by value. */
template <typename real, typename term>
static gt_status gt_run_sum(const gt_call *call, const gt_reduction *axes, term value, real *y, double divisor)
{
    gt_sum_plan plan = {*axes, (axes->count + GT_SUM_CHUNK - 1) / GT_SUM_CHUNK};
    const int64_t outputs = axes->outputs;
    const int64_t warps = gt_sums_are_columns(axes) ? gt_column_blocks(outputs) * GT_SUM_WARPS : outputs;
    const int64_t most = warps > 0 && warps < GT_SUM_PIECES ? GT_SUM_PIECES / warps : 1;
    plan.chunks = plan.chunks < 1 ? 1 : plan.chunks < most ? plan.chunks : most;
    if (outputs == 0)
        return GT_OK;
    if (plan.chunks == 1)
        return gt_sum_pass<real>(call, plan, value, y, (real)divisor);
    real *chunk_sums = gt_workspace<real>(call, outputs * plan.chunks);
    if (!chunk_sums)
        return GT_ERR_MEMORY;
    const gt_status status = gt_sum_pass<real>(call, plan, value, chunk_sums, (real)1);
    if (status != GT_OK)
        return status;
    gt_sum_plan second = {gt_reduction(), 1};
    second.axes.kept = second.axes.reduced = 1;
    second.axes.kept_dim[0] = second.axes.outputs = outputs;
    second.axes.reduced_dim[0] = second.axes.count = second.axes.kept_stride[0] = plan.chunks;
    second.axes.reduced_stride[0] = 1;
    return gt_sum_pass<real>(call, second, gt_sum_values<real>{chunk_sums}, y, (real)divisor);
}

/* The same, divided by how many there are; of none, NaN. */
template <typename real, typename term>
static gt_status gt_run_mean(const gt_call *call, const gt_reduction *axes, term value, real *y)
{
    return gt_run_sum(call, axes, value, y, (double)axes->count);
}

/* All of `count` values in a row, as one output. */
static inline gt_reduction gt_reduce_all(int64_t count)
{
    gt_reduction axes;
    const gt_shape shape = {1, {count}};
    gt_reduction_plan(&axes, &shape, 1);
    return axes;
}

#endif
