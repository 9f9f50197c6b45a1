/* Windows along one axis: settings, padding and counts. SAME is TensorFlow's rule, tf.nn.convolution. */
#include "ops/window.h"

/* Settings stay so small that the product of two does not overflow. */
#define MOST INT32_MAX

static bool is_between(int64_t value, int64_t low)
{
    return value >= low && value <= MOST;
}

gt_status gt_window_check(const char *who, const char *what, const gt_window *axis)
{
    const struct {
        const char *name;
        int64_t value, low;
    } settings[] = {
        {what, axis->entries, 1},     {"dilation", axis->dilation, 1}, {"stride", axis->stride, 1},
        {"padding", axis->before, 0}, {"padding", axis->after, 0},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        if (!is_between(settings[i].value, settings[i].low))
            return gt_fail(GT_ERR_ARGUMENT, "%s: %s %lld is outside %lld..%d", who, settings[i].name,
                           (long long)settings[i].value, (long long)settings[i].low, MOST);
    return GT_OK;
}

/* Entries from the first to the last of a window, both counted. */
static int64_t reach(const gt_window *axis)
{
    return (axis->entries - 1) * axis->dilation + 1;
}

int64_t gt_window_count(const gt_window *axis)
{
    const int64_t room = axis->size + axis->before + axis->after - reach(axis);
    return room < 0 ? 0 : room / axis->stride + 1;
}

bool gt_padding_check(gt_tape *tape, const char *who, gt_padding padding, const int64_t before[2],
                      const int64_t after[2])
{
    if ((unsigned)padding > GT_PADDING_EXPLICIT)
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: %d is not a padding", who, (int)padding);
    else if (padding != GT_PADDING_EXPLICIT && (before[0] || before[1] || after[0] || after[1]))
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: top, bottom, left and right need GT_PADDING_EXPLICIT", who);
    else
        return true;
    return false;
}

gt_window gt_conv2d_window(const gt_conv2d_options *options, int axis, int64_t size, int64_t entries)
{
    return (gt_window){.size = size,
                       .entries = entries,
                       .dilation = options->dilation[axis] ? options->dilation[axis] : 1,
                       .stride = options->stride[axis] ? options->stride[axis] : 1,
                       .before = axis == 0 ? options->top : options->left,
                       .after = axis == 0 ? options->bottom : options->right};
}

void gt_window_stretch(gt_window *axis, int64_t count, gt_padding padding)
{
    /* deconv_output_length of keras/utils/conv_utils.py (2.8): a stride beyond the filter leaves no gap at the end. */
    const int64_t spread = (count - 1) * axis->stride + reach(axis);
    axis->size = spread - axis->before - axis->after;
    if (padding == GT_PADDING_SAME || (padding == GT_PADDING_VALID && reach(axis) < axis->stride))
        axis->size = count * axis->stride;
    gt_window_pad(axis, padding);
}

void gt_window_pad(gt_window *axis, gt_padding padding)
{
    if (padding == GT_PADDING_EXPLICIT)
        return;
    axis->before = axis->after = 0;
    if (padding != GT_PADDING_SAME || !is_between(axis->entries, 1) || !is_between(axis->dilation, 1) ||
        !is_between(axis->stride, 1) || axis->size == 0)
        return;
    const int64_t last = (axis->size - 1) / axis->stride * axis->stride; /* where the last window begins, unpadded */
    const int64_t missing = last + reach(axis) - axis->size;
    if (missing > 0) {
        axis->before = missing / 2;
        axis->after = missing - missing / 2;
    }
}
