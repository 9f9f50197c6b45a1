/* conv2d, with its bias and activation, on CUDA; see ops/conv2d.c, and cuda/convolution.h for how and how fast. */
#include "cuda/convolution.h"

template <typename pack, typename real>
static gt_status launch(const gt_call *call, const gt_convolution &plan, bool relu)
{
    const gt_pixel_factor<real, pack> x = {gt_input<real>(call, 0), gt_windows_on_x(call, plan)};
    const gt_plain_factor<real, pack> filter = {gt_input<real>(call, 1), plan.out};
    gt_gathered_product<real> y = {};
    y.rows = plan.images * plan.y_h * plan.y_w;
    y.columns = plan.out;
    y.depth = y.chunk = plan.f_h * plan.f_w * plan.in;
    y.y = gt_output<real>(call, 0);
    y.bias = call->inputs > 2 ? gt_input<real>(call, 2) : NULL;
    y.relu = relu;
    return gt_run_product(call, x, filter, y);
}

template <typename real> static gt_status run(const gt_call *call, bool relu)
{
    gt_convolution plan;
    const gt_status status = gt_plan_convolution(call, &call->output[0], &plan);
    if (status != GT_OK || gt_operand_size(&call->output[0]) == 0)
        return status;
    const bool packed = gt_channels_are_packable<real>(call, plan.in) && plan.out % gt_pack<real>::size == 0;
    return packed ? launch<gt_pack<real>, real>(call, plan, relu) : launch<gt_single<real>, real>(call, plan, relu);
}

gt_status gt_run_conv2d(const gt_call *call, bool relu)
{
    return call->input[0].spec->dtype == GT_FLOAT32 ? run<float>(call, relu) : run<double>(call, relu);
}

GT_CUDA_KERNEL(conv2d)
{
    return gt_run_conv2d(call, false);
}
