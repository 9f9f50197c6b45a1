/* Transposed convolution: conv2d's gradient towards its images, as an op to build with. V. Dumoulin, F. Visin, "A guide
 * to convolution arithmetic for deep learning", arXiv:1603.07285. */
#include "ops/conv2d_plan.h"
#include "ops/grads.h"
#include "ops/window.h"

static gt_tensor *bad_shapes(gt_tape *tape, const gt_shape *x, const gt_shape *filter)
{
    return gt_tape_fail(
        tape, GT_ERR_SHAPE,
        "conv2d_transpose: images %s and a filter %s: (batch, height, width, in) and (f_h, f_w, out, in) "
        "are expected",
        gt_shape_text(x).text, gt_shape_text(filter).text);
}

gt_tensor *gt_conv2d_transpose(gt_tape *tape, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options)
{
    const gt_conv2d_options set = options ? *options : (gt_conv2d_options){.groups = 0};
    const gt_shape images = gt_tensor_shape(x), shape = gt_tensor_shape(filter);
    if (x && filter && (images.rank != 4 || shape.rank != 4 || shape.dim[3] != images.dim[3]))
        return bad_shapes(tape, &images, &shape);
    if (set.groups != 0 && set.groups != 1)
        return gt_tape_fail(tape, GT_ERR_UNSUPPORTED, "conv2d_transpose: in groups it is not offered");
    const int64_t before[2] = {set.top, set.left}, after[2] = {set.bottom, set.right};
    if (!gt_padding_check(tape, "conv2d_transpose", set.padding, before, after))
        return NULL;
    gt_conv2d_attributes attributes = {.input = {.rank = 4, .dim = {images.dim[0], 0, 0, shape.dim[2]}},
                                       .filter = shape};
    for (int axis = 0; axis < 2; axis++) {
        gt_window window = gt_conv2d_window(&set, axis, 0, shape.dim[axis]);
        if (x && filter && gt_window_check("conv2d_transpose", "filter", &window) != GT_OK)
            return gt_tape_fail(tape, gt_last_status(), "%s", gt_last_error());
        if (images.dim[1 + axis] > INT32_MAX)
            return gt_tape_fail(tape, GT_ERR_SHAPE, "conv2d_transpose: images %s are too large",
                                gt_shape_text(&images).text);
        gt_window_stretch(&window, images.dim[1 + axis], set.padding);
        attributes.input.dim[1 + axis] = window.size;
        attributes.stride[axis] = window.stride;
        attributes.dilation[axis] = window.dilation;
        attributes.before[axis] = window.before;
        attributes.after[axis] = window.after;
    }
    if (x && filter && (attributes.input.dim[1] < 1 || attributes.input.dim[2] < 1))
        return gt_tape_fail(tape, GT_ERR_SHAPE, "conv2d_transpose: images %s and a filter %s give none",
                            gt_shape_text(&images).text, gt_shape_text(&shape).text);
    return gt_conv2d_input_grad(tape, x, filter, &attributes);
}
