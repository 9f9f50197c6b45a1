/* conv2d_filter_grad on CUDA; see ops/conv2d_filter_grad.c, and cuda/convolution.h for how and how fast. The filter has
 * few tiles and the pixels are many: they are cut into chunks, by shape alone, whose gradients go to workspace, and a
 * second pass sums these in order. */
#include "cuda/convolution.h"
#include "cuda/reduction.h"

/* Of all chunks: three for each multiprocessor of an H100, as many as it holds at once. */
static const int64_t MOST_TILES = 384;
static const int64_t LEAST_CHUNK = 128; /* pixels */

/* Kept: taps (u, v, c); summed: pixels. */
template <typename real, typename packs> struct tap_factor {
    typedef packs pack;
    typedef gt_spot kept;
    typedef gt_digits summed;
    enum { along_sum = 0 };
    const real *values;
    gt_windows windows;

    __device__ __forceinline__ gt_spot kept_at(int64_t index) const
    {
        return windows.tap(windows.taps.at(index));
    }
    __device__ __forceinline__ gt_digits summed_at(int64_t index) const
    {
        return windows.pixels.at(index);
    }
    __device__ __forceinline__ void count_on(gt_digits *position, const gt_digits &by) const
    {
        windows.pixels.count_on(position, by);
    }
    __device__ __forceinline__ const real *at(const gt_spot &place, const gt_digits &position) const
    {
        const int64_t offset = windows.offset(windows.pixel(position), place);
        return offset < 0 ? NULL : values + offset;
    }
};

/* Pixels of a chunk: whole steps of the summed axis. */
template <typename real> static int64_t chunk_of(const gt_gathered_product<real> &product)
{
    enum { step = gt_tiles<real, 64>::depth };
    const int64_t tiles = gt_product_tiles(product.rows, product.columns);
    const int64_t chunks = tiles < MOST_TILES ? MOST_TILES / tiles : 1;
    const int64_t even = gt_tiles_of(gt_tiles_of(product.depth, chunks), step) * step;
    return even > LEAST_CHUNK ? even : LEAST_CHUNK;
}

template <typename pack, typename real> static gt_status launch(const gt_call *call, const gt_convolution &plan)
{
    const tap_factor<real, pack> x = {gt_input<real>(call, 1), gt_windows_on_x(call, plan)};
    const gt_plain_factor<real, pack> dy = {gt_input<real>(call, 0), plan.out};
    gt_gathered_product<real> dfilter = {};
    dfilter.rows = plan.f_h * plan.f_w * plan.in;
    dfilter.columns = plan.out;
    dfilter.depth = plan.images * plan.y_h * plan.y_w;
    dfilter.chunk = chunk_of(dfilter);
    dfilter.y = gt_output<real>(call, 0);
    const int64_t chunks = gt_tiles_of(dfilter.depth, dfilter.chunk);
    if (chunks <= 1)
        return gt_run_product(call, x, dy, dfilter);
    const gt_shape partial = {2, {chunks, dfilter.rows * dfilter.columns}};
    dfilter.y = gt_workspace<real>(call, gt_shape_size(&partial));
    if (!dfilter.y)
        return GT_ERR_MEMORY;
    const gt_status status = gt_run_product(call, x, dy, dfilter);
    if (status != GT_OK)
        return status;
    gt_reduction over_chunks;
    gt_reduction_plan(&over_chunks, &partial, 1);
    return gt_run_sum(call, &over_chunks, gt_sum_values<real>{dfilter.y}, gt_output<real>(call, 0), 1);
}

template <typename real> static gt_status run(const gt_call *call)
{
    gt_convolution plan;
    const gt_status status = gt_plan_convolution(call, &call->input[0], &plan);
    if (status != GT_OK || gt_operand_size(&call->output[0]) == 0)
        return status;
    const bool packed = gt_channels_are_packable<real>(call, plan.in) && plan.out % gt_pack<real>::size == 0;
    return packed ? launch<gt_pack<real>, real>(call, plan) : launch<gt_single<real>, real>(call, plan);
}

GT_CUDA_REAL_KERNEL(conv2d_filter_grad, run)
