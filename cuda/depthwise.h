/* What depthwise_conv2d and its gradients share: where filter entries and pixels meet; see ops/depthwise_plan.h.
 *
 * A thread calculates 16 bytes of neighbouring channels, or one; what windows read again comes from the caches, so each
 * tensor moves once. The middle layer of MobileNet that they are timed on, 32 images of 28 x 28 with 128 channels and
 * filters of 3 x 3, moves 26 MB, 8 us at an H100's 3.35 TB/s, for 58 M operations, 1 us at its 67 TFLOP/s. */
#ifndef GT_CUDA_DEPTHWISE_H
#define GT_CUDA_DEPTHWISE_H

#include "cuda/pool2d.h"

struct gt_depthwise_axis {
    int64_t size, windows; /* of x, of y */
    int64_t entries, dilation, stride, before;

    /* Where entry u of window i falls; negative, or not below size, in the border. */
    __device__ __forceinline__ int64_t under(int64_t i, int64_t u) const
    {
        return i * stride + u * dilation - before;
    }

    __device__ __forceinline__ bool is_inside(int64_t position) const
    {
        return position >= 0 && position < size;
    }

    /* The window whose entry u falls on this position; -1 if none does. */
    __device__ __forceinline__ int64_t window_over(int64_t position, int64_t u) const
    {
        const int64_t distance = position + before - u * dilation;
        if (distance < 0)
            return -1;
        int64_t rest;
        const int64_t i = gt_divide(distance, stride, &rest);
        return rest == 0 && i < windows ? i : -1;
    }
};

struct gt_depthwise {
    gt_depthwise_axis rows, columns;
    int64_t images, in, multiplier, out; /* out = in multiplier */

    /* Where the channels of a pixel begin in x, in y, and of an entry in the filter. */
    __device__ __forceinline__ int64_t in_images(int64_t image, int64_t row, int64_t column) const
    {
        return ((image * rows.size + row) * columns.size + column) * in;
    }
    __device__ __forceinline__ int64_t in_results(int64_t image, int64_t row, int64_t column) const
    {
        return ((image * rows.windows + row) * columns.windows + column) * out;
    }
    __device__ __forceinline__ int64_t in_filter(int64_t u, int64_t v) const
    {
        return (u * columns.entries + v) * out;
    }
};

/* `results` is y, or its cotangent. */
static inline gt_depthwise gt_plan_depthwise(const gt_call *call, const gt_operand *results)
{
    const gt_conv2d_attributes &a = gt_attributes<gt_conv2d_attributes>(call);
    const int64_t *x = a.input.dim, *filter = a.filter.dim, *y = results->spec->shape.dim;
    const gt_depthwise plan = {{x[1], y[1], filter[0], a.dilation[0], a.stride[0], a.before[0]},
                               {x[2], y[2], filter[1], a.dilation[1], a.stride[1], a.before[1]},
                               x[0],
                               x[3],
                               filter[3],
                               x[3] * filter[3]};
    return plan;
}

#endif
