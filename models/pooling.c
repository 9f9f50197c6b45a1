/* MaxPooling2D, AveragePooling2D and their global kin over images (height, width, channels). */
#include "models/layer_classes.h"
#include "models/layer_internal.h"

static gt_status build(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    const gt_pool2d_options *set = gt_layer_state(layer);
    const int64_t height = set->window[0] ? set->window[0] : 2, width = set->window[1] ? set->window[1] : 2;
    gt_status status = gt_layer_need_image(layer, input);
    if (status != GT_OK)
        return status;
    const gt_window down = {input->dim[0], height, 1, set->stride[0] ? set->stride[0] : height, set->top, set->bottom};
    const gt_window across = {input->dim[1], width, 1, set->stride[1] ? set->stride[1] : width, set->left, set->right};
    status = gt_layer_slide(layer, down, set->padding, &output->dim[0]);
    return status == GT_OK ? gt_layer_slide(layer, across, set->padding, &output->dim[1]) : status;
}

static gt_tensor *call_max(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    return gt_max_pool2d(tape, x, gt_layer_state(layer));
}

static gt_tensor *call_avg(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)training;
    return gt_avg_pool2d(tape, x, gt_layer_state(layer));
}

static const gt_setting settings[] = {
    GT_SETTING_PAIR("window", gt_pool2d_options, window),
    GT_SETTING_PAIR("stride", gt_pool2d_options, stride),
    GT_SETTING_OF("padding", gt_pool2d_options, padding, gt_padding_choice),
    GT_SETTING("top", GT_SETTING_INT, gt_pool2d_options, top),
    GT_SETTING("bottom", GT_SETTING_INT, gt_pool2d_options, bottom),
    GT_SETTING("left", GT_SETTING_INT, gt_pool2d_options, left),
    GT_SETTING("right", GT_SETTING_INT, gt_pool2d_options, right),
    {.name = NULL},
};

const gt_layer_class gt_max_pool2d_class = {"MaxPooling2D", sizeof(gt_pool2d_options), build, call_max, settings, NULL};
const gt_layer_class gt_avg_pool2d_class = {
    "AveragePooling2D", sizeof(gt_pool2d_options), build, call_avg, settings, NULL};

gt_layer *gt_layer_max_pool2d(const gt_pool2d_options *options)
{
    gt_pool2d_options self = options ? *options : (gt_pool2d_options){0};
    return gt_layer_with(&gt_max_pool2d_class, NULL, &self);
}

gt_layer *gt_layer_avg_pool2d(const gt_pool2d_options *options)
{
    gt_pool2d_options self = options ? *options : (gt_pool2d_options){0};
    return gt_layer_with(&gt_avg_pool2d_class, NULL, &self);
}

static gt_status build_global(gt_layer *layer, const gt_shape *input, gt_shape *output)
{
    gt_status status = gt_layer_need_image(layer, input);
    *output = GT_SHAPE(input->dim[2]);
    return status;
}

static gt_tensor *call_global_max(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)training;
    return gt_global_max_pool2d(tape, x);
}

static gt_tensor *call_global_avg(gt_layer *layer, gt_tape *tape, gt_tensor *x, bool training)
{
    (void)layer, (void)training;
    return gt_global_avg_pool2d(tape, x);
}

static const gt_setting no_settings[] = {{.name = NULL}};

const gt_layer_class gt_global_max_pool2d_class = {"GlobalMaxPooling2D", 0,           build_global,
                                                   call_global_max,      no_settings, NULL};
const gt_layer_class gt_global_avg_pool2d_class = {"GlobalAveragePooling2D", 0,           build_global,
                                                   call_global_avg,          no_settings, NULL};

gt_layer *gt_layer_global_max_pool2d(void)
{
    return gt_layer_new(&gt_global_max_pool2d_class, NULL);
}

gt_layer *gt_layer_global_avg_pool2d(void)
{
    return gt_layer_new(&gt_global_avg_pool2d_class, NULL);
}
