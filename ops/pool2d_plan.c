/* What the pooling ops share: the shape rule, and numbers. */
#include "ops/pool2d_plan.h"

#include "ops/window.h"

const gt_field gt_pool2d_fields[] = {
    GT_INT(gt_pool2d_attributes, window), GT_INT(gt_pool2d_attributes, stride), GT_INT(gt_pool2d_attributes, before),
    GT_INT(gt_pool2d_attributes, after),  GT_DIMS(gt_pool2d_attributes, input), {0},
};

static gt_window window_of(const gt_pool2d_attributes *a, int axis)
{
    return (gt_window){a->input.dim[1 + axis], a->window[axis], 1, a->stride[axis], a->before[axis], a->after[axis]};
}

/* How many windows there are along an axis; each must cover an entry of the image. All do if the first one ends behind
 * the image's beginning, and the last one begins before its end. */
static gt_status count_windows(const gt_infer *call, int axis, int64_t *count)
{
    const gt_pool2d_attributes *attributes = call->attributes;
    const gt_window window = window_of(attributes, axis);
    const char *who = call->op->name, *side = axis == 0 ? "height" : "width";
    gt_status status = gt_window_check(who, "window", &window);
    if (status != GT_OK)
        return status;
    *count = gt_window_count(&window);
    if (*count < 1)
        return gt_fail(GT_ERR_SHAPE,
                       "%s: the window (%lld, %lld) is larger than the images %s, padding %lld + %lld, in "
                       "%s",
                       who, (long long)attributes->window[0], (long long)attributes->window[1],
                       gt_shape_text(&attributes->input).text, (long long)window.before, (long long)window.after, side);
    const int64_t last = (*count - 1) * window.stride - window.before;
    if (window.size == 0 || window.before >= window.entries || last >= window.size)
        return gt_fail(GT_ERR_SHAPE,
                       "%s: a window (%lld, %lld) holds no entry of the images %s, padding %lld + %lld, in "
                       "%s",
                       who, (long long)attributes->window[0], (long long)attributes->window[1],
                       gt_shape_text(&attributes->input).text, (long long)window.before, (long long)window.after, side);
    return GT_OK;
}

gt_status gt_pool2d_output(const gt_infer *call, gt_shape *output)
{
    const gt_shape *input = &((const gt_pool2d_attributes *)call->attributes)->input;
    gt_status status = GT_OK;
    if (input->rank != 4)
        status = gt_fail(GT_ERR_SHAPE, "%s: images (batch, height, width, channels) are expected: %s", call->op->name,
                         gt_shape_text(input).text);
    if (status == GT_OK)
        status = gt_shape_check(call->op->name, call->input[0]->dtype, input);
    int64_t count[2] = {0};
    for (int axis = 0; status == GT_OK && axis < 2; axis++)
        status = count_windows(call, axis, &count[axis]);
    *output = GT_SHAPE(input->dim[0], count[0], count[1], input->dim[3]);
    return status == GT_OK ? gt_shape_check(call->op->name, call->input[0]->dtype, output) : status;
}

gt_status gt_pool2d_infer(const gt_infer *call, const gt_pool2d_role input[], gt_pool2d_role output)
{
    gt_status status = gt_need_real(call, 0);
    for (int i = 1; status == GT_OK && i < call->inputs; i++)
        status = gt_need_same_dtype(call, 0, i);
    const gt_shape *images = &((const gt_pool2d_attributes *)call->attributes)->input;
    gt_shape pooled;
    if (status == GT_OK)
        status = gt_pool2d_output(call, &pooled);
    for (int i = 0; status == GT_OK && i < call->inputs; i++) {
        const gt_shape *wanted = input[i] == GT_POOL2D_IMAGES ? images : &pooled;
        if (!gt_shape_equal(&call->input[i]->shape, wanted))
            status = gt_fail(GT_ERR_SHAPE, "%s: input %d is %s, the attributes ask for %s", call->op->name, i,
                             gt_shape_text(&call->input[i]->shape).text, gt_shape_text(wanted).text);
    }
    if (status == GT_OK)
        call->output[0] = (gt_spec){call->input[0]->dtype, output == GT_POOL2D_IMAGES ? *images : pooled};
    return status;
}

gt_tensor *gt_pool2d_apply(gt_tape *tape, const gt_op *op, gt_tensor *x, const gt_pool2d_options *options)
{
    const gt_pool2d_options given = options ? *options : (gt_pool2d_options){0};
    gt_pool2d_attributes attributes = {
        .before = {given.top, given.left}, .after = {given.bottom, given.right}, .input = gt_tensor_shape(x)};
    if (!gt_padding_check(tape, op->name, given.padding, attributes.before, attributes.after))
        return NULL;
    for (int axis = 0; axis < 2; axis++) {
        gt_window window = {.size = attributes.input.dim[1 + axis],
                            .entries = given.window[axis] ? given.window[axis] : 2,
                            .dilation = 1,
                            .before = attributes.before[axis],
                            .after = attributes.after[axis]};
        window.stride = given.stride[axis] ? given.stride[axis] : window.entries;
        gt_window_pad(&window, given.padding);
        attributes.window[axis] = window.entries;
        attributes.stride[axis] = window.stride;
        attributes.before[axis] = window.before;
        attributes.after[axis] = window.after;
    }
    return gt_apply(tape, op, &x, 1, &attributes);
}

void gt_pool2d_plan_make(gt_pool2d_plan *plan, const gt_pool2d_attributes *attributes)
{
    const int64_t *x = attributes->input.dim;
    *plan = (gt_pool2d_plan){.images = x[0], .height = x[1], .width = x[2], .channels = x[3]};
    int64_t count[2];
    plan->tiles = true;
    for (int axis = 0; axis < 2; axis++) {
        const gt_window window = window_of(attributes, axis);
        count[axis] = gt_window_count(&window);
        plan->tiles &= window.before == 0 && window.stride == window.entries &&
                       count[axis] * window.stride >= attributes->input.dim[1 + axis];
        plan->window[axis] = window.entries;
        plan->stride[axis] = window.stride;
        plan->before[axis] = window.before;
    }
    plan->y_h = count[0];
    plan->y_w = count[1];
    if (plan->channels == 0) /* any number of rows without an entry */
        plan->images = 0;
}
