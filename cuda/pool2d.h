/* What the pooling ops share: windows in numbers, and a kernel that calculates each pack of channels of the output on
 * its own, also in the gradients, which gather what the windows over an entry send back to it.
 *
 * What a window reads again comes from the first-level cache, so each tensor moves once: max_pool2d and avg_pool2d with
 * windows of 2 x 2 move 20 bytes an entry of y (float), at most 167 G of these a second on an H100 (3.35 TB/s); their
 * gradients 36 (93 G) and 20. A comparison or an addition for each 4 bytes leaves its 67 TFLOP/s idle. */
#ifndef GT_CUDA_POOL2D_H
#define GT_CUDA_POOL2D_H

#include "cuda/channels.h"

/* A pack of channels of an image, or of a pooled one. */
struct gt_pixel {
    int64_t image, row, column, channel;
};

/* Entries [begin, end) of an axis. */
struct gt_range {
    int64_t begin, end;

    __device__ __forceinline__ int64_t count() const
    {
        return end - begin;
    }
};

/* Windows along one axis. */
struct gt_pool_axis {
    int64_t size, windows; /* of x, of y */
    int64_t window, stride, before;

    /* The entries of x in window i, at least one. */
    __device__ __forceinline__ gt_range entries(int64_t i) const
    {
        const int64_t begin = i * stride - before, end = begin + window;
        return {begin > 0 ? begin : 0, end < size ? end : size};
    }

    /* The windows that hold entry h, if any. */
    __device__ __forceinline__ gt_range holding(int64_t h) const
    {
        int64_t rest;
        const int64_t past = h + before - window; /* where the last window that ends too early begins, or later */
        const int64_t begin = past < 0 ? 0 : gt_divide(past, stride, &rest) + 1;
        const int64_t end = gt_divide(h + before, stride, &rest) + 1;
        return {begin, end < windows ? end : windows};
    }
};

struct gt_pool2d {
    gt_pool_axis rows, columns;
    int64_t channels;

    /* Where an entry lies in x, and where in y. */
    __device__ __forceinline__ int64_t in_images(int64_t image, int64_t row, int64_t column, int64_t channel) const
    {
        return ((image * rows.size + row) * columns.size + column) * channels + channel;
    }
    __device__ __forceinline__ int64_t in_pooled(int64_t image, int64_t row, int64_t column, int64_t channel) const
    {
        return ((image * rows.windows + row) * columns.windows + column) * channels + channel;
    }
};

/* `pooled` is y, or its cotangent. */
static inline gt_pool2d gt_plan_pool2d(const gt_call *call, const gt_operand *pooled)
{
    const gt_pool2d_attributes &a = gt_attributes<gt_pool2d_attributes>(call);
    const int64_t *x = a.input.dim, *y = pooled->spec->shape.dim;
    const gt_pool2d plan = {
        {x[1], y[1], a.window[0], a.stride[0], a.before[0]}, {x[2], y[2], a.window[1], a.stride[1], a.before[1]}, x[3]};
    return plan;
}

/* The output, pack by pack: values.at<pack>(pixel). Its shape is (images, height, width, packs of a pixel). */
template <typename pack, typename real, typename functor>
static __global__ void gt_map_pixels(functor values, real *y, int64_t height, int64_t width, int64_t packs, int64_t all)
{
    for (int64_t i = gt_thread(); i < all; i += gt_threads()) {
        gt_pixel at;
        const int64_t column = gt_divide(i, packs, &at.channel), row = gt_divide(column, width, &at.column);
        at.channel *= pack::size;
        at.image = gt_divide(row, height, &at.row);
        gt_store(y + i * pack::size, values.template at<pack>(at));
    }
}

template <typename pack, typename real, typename functor>
static gt_status gt_launch_pixel_map(const gt_call *call, functor values)
{
    const int64_t *dim = call->output[0].spec->shape.dim, packs = dim[3] / pack::size;
    const int64_t all = dim[0] * dim[1] * dim[2] * packs;
    GT_LAUNCH((gt_map_pixels<pack, real, functor>), gt_blocks(all), GT_THREADS, 0, gt_cuda_stream(call), values,
              gt_output<real>(call, 0), dim[1], dim[2], packs, all);
    return gt_cuda_launched(call);
}

/* Output 0 = values. */
template <typename real, typename functor> static gt_status gt_run_pixel_map(const gt_call *call, functor values)
{
    const gt_operand *y = &call->output[0];
    if (gt_operand_size(y) == 0)
        return GT_OK;
    return gt_channels_are_packable<real>(call, y->spec->shape.dim[3])
               ? gt_launch_pixel_map<gt_pack<real>, real>(call, values)
               : gt_launch_pixel_map<gt_single<real>, real>(call, values);
}

#endif
