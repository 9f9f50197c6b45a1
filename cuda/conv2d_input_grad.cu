/* conv2d_input_grad on CUDA; see ops/conv2d_input_grad.c, and cuda/convolution.h for how and how fast. Each pixel of dx
 * gathers: it sees dy through windows that go backwards, from its first entry, at `before`, up and to the left, and
 * whose stride lies between the entries of dy. So strides above 1 multiply zeros as well: all taps times pixels. */
#include "cuda/convolution.h"

/* The filter with its channels changed over. Kept: c; summed: taps (u, v, o). */
template <typename real, typename packs> struct turned_filter {
    typedef packs pack;
    typedef int64_t kept;
    typedef gt_digits summed;
    enum { along_sum = 1 };
    const real *values;
    gt_counter taps;
    int64_t columns, in, out; /* of the filter's (f_h, columns, in, out) */

    __device__ __forceinline__ int64_t kept_at(int64_t index) const
    {
        return index * out;
    }
    __device__ __forceinline__ gt_digits summed_at(int64_t index) const
    {
        return taps.at(index);
    }
    __device__ __forceinline__ void count_on(gt_digits *position, const gt_digits &by) const
    {
        taps.count_on(position, by);
    }
    __device__ __forceinline__ const real *at(int64_t place, const gt_digits &position) const
    {
        return values + (position.high * columns + position.middle) * in * out + position.low + place;
    }
};

static gt_windows windows_on_dy(const gt_call *call, const gt_convolution &plan)
{
    const gt_conv2d_attributes &a = gt_attributes<gt_conv2d_attributes>(call);
    gt_windows dy = {(int)plan.y_h, (int)plan.y_w, (int)plan.out, {}, {}, {1, 1}, {}, {}, {}};
    dy.pixels = gt_count(plan.height, plan.width);
    dy.taps = gt_count(plan.f_w, plan.out);
    for (int axis = 0; axis < 2; axis++) {
        dy.dilation[axis] = -(int)a.dilation[axis];
        dy.before[axis] = -(int)a.before[axis];
        dy.spread[axis] = (int)a.stride[axis];
    }
    return dy;
}

template <typename pack, typename real> static gt_status launch(const gt_call *call, const gt_convolution &plan)
{
    const gt_windows windows = windows_on_dy(call, plan);
    const gt_pixel_factor<real, pack> dy = {gt_input<real>(call, 0), windows};
    const turned_filter<real, pack> filter = {gt_input<real>(call, 1), windows.taps, plan.f_w, plan.in, plan.out};
    gt_gathered_product<real> dx = {};
    dx.rows = plan.images * plan.height * plan.width;
    dx.columns = plan.in;
    dx.depth = dx.chunk = plan.f_h * plan.f_w * plan.out;
    dx.y = gt_output<real>(call, 0);
    return gt_run_product(call, dy, filter, dx);
}

template <typename real> static gt_status run(const gt_call *call)
{
    gt_convolution plan;
    const gt_status status = gt_plan_convolution(call, &call->input[0], &plan);
    if (status != GT_OK || gt_operand_size(&call->output[0]) == 0)
        return status;
    return gt_channels_are_packable<real>(call, plan.out) ? launch<gt_pack<real>, real>(call, plan)
                                                          : launch<gt_single<real>, real>(call, plan);
}

GT_CUDA_REAL_KERNEL(conv2d_input_grad, run)
