/* What the layers that slide a window over images have in common. */
#include "models/layer_internal.h"

const char *gt_padding_choice(int value)
{
    static const char *const names[] = {"valid", "same", "explicit"};
    return value >= 0 && value < (int)(sizeof names / sizeof names[0]) ? names[value] : NULL;
}

gt_status gt_layer_need_image(const gt_layer *layer, const gt_shape *sample)
{
    if (sample->rank == 3)
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: samples %s: images (height, width, channels) are expected", gt_layer_label(layer),
                   gt_shape_text(sample).text);
}

gt_status gt_layer_slide(const gt_layer *layer, gt_window window, gt_padding padding, int64_t *count)
{
    if ((int)padding < GT_PADDING_VALID || (int)padding > GT_PADDING_EXPLICIT)
        return gt_fail(GT_ERR_ARGUMENT, "%s: there is no padding %d", gt_layer_label(layer), (int)padding);
    gt_window_pad(&window, padding);
    gt_status status = gt_window_check(gt_layer_label(layer), "window", &window);
    if (status != GT_OK)
        return status;
    *count = gt_window_count(&window);
    if (*count > 0)
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: a window of %lld does not fit into samples %s with padding %lld and %lld",
                   gt_layer_label(layer), (long long)window.entries, gt_shape_text(&layer->input).text,
                   (long long)window.before, (long long)window.after);
}

gt_status gt_layer_convolve(const gt_layer *layer, const gt_conv2d_options *convolution, int64_t height, int64_t width,
                            gt_shape *output)
{
    const int64_t entries[2] = {height, width};
    gt_status status = GT_OK;
    for (int axis = 0; status == GT_OK && axis < 2; axis++)
        status = gt_layer_slide(layer, gt_conv2d_window(convolution, axis, layer->input.dim[axis], entries[axis]),
                                convolution->padding, &output->dim[axis]);
    return status;
}
