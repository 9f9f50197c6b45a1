/* What conv2d and its gradients share: the shape rule, and images with a border of zeros. */
#include "ops/conv2d_plan.h"

#include <string.h>

#include "ops/gemm.h"
#include "ops/grads.h"
#include "ops/window.h"

const gt_field gt_conv2d_fields[] = {
    GT_INT(gt_conv2d_attributes, stride),
    GT_INT(gt_conv2d_attributes, dilation),
    GT_INT(gt_conv2d_attributes, before),
    GT_INT(gt_conv2d_attributes, after),
    GT_DIMS(gt_conv2d_attributes, input),
    GT_DIMS(gt_conv2d_attributes, filter),
    {0},
};

#define MOST_BORDERED 262144 /* bytes of a band's copy */

static gt_window window_of(const gt_conv2d_attributes *a, int axis)
{
    return (gt_window){a->input.dim[1 + axis], a->filter.dim[axis], a->dilation[axis],
                       a->stride[axis],        a->before[axis],     a->after[axis]};
}

/* How many windows fit along an axis, at least 1. */
static gt_status count_windows(const gt_infer *call, int axis, int64_t *count)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    const gt_window window = window_of(attributes, axis);
    gt_status status = gt_window_check(call->op->name, axis == 0 ? "filter height" : "filter width", &window);
    if (status != GT_OK)
        return status;
    *count = gt_window_count(&window);
    if (*count >= 1)
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE,
                   "%s: the filter %s, dilation %lld, is larger than the images %s, padding %lld + %lld, "
                   "in %s",
                   call->op->name, gt_shape_text(&attributes->filter).text, (long long)window.dilation,
                   gt_shape_text(&attributes->input).text, (long long)window.before, (long long)window.after,
                   axis == 0 ? "height" : "width");
}

gt_status gt_conv2d_output(const gt_infer *call, gt_shape *output)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    const gt_shape *input = &attributes->input, *filter = &attributes->filter;
    const char *who = call->op->name;
    if (input->rank != 4 || filter->rank != 4)
        return gt_fail(GT_ERR_SHAPE,
                       "%s: images (batch, height, width, in) and a filter (f_h, f_w, in, out) are "
                       "expected: %s, %s",
                       who, gt_shape_text(input).text, gt_shape_text(filter).text);
    gt_status status = gt_shape_check(who, call->input[0]->dtype, input);
    if (status == GT_OK)
        status = gt_shape_check(who, call->input[0]->dtype, filter);
    if (status == GT_OK && input->dim[3] != filter->dim[2])
        status = gt_fail(GT_ERR_SHAPE, "%s: channels differ: images %s, filter %s", who, gt_shape_text(input).text,
                         gt_shape_text(filter).text);
    int64_t count[2] = {0};
    for (int axis = 0; status == GT_OK && axis < 2; axis++)
        status = count_windows(call, axis, &count[axis]);
    *output = GT_SHAPE(input->dim[0], count[0], count[1], filter->dim[3]);
    return status == GT_OK ? gt_shape_check(who, call->input[0]->dtype, output) : status;
}

gt_status gt_conv2d_need(const gt_infer *call, int i, const char *what, const gt_shape *shape)
{
    if (gt_shape_equal(&call->input[i]->shape, shape))
        return GT_OK;
    return gt_fail(GT_ERR_SHAPE, "%s: the %s are %s, the attributes ask for %s", call->op->name, what,
                   gt_shape_text(&call->input[i]->shape).text, gt_shape_text(shape).text);
}

gt_status gt_infer_conv2d(const gt_infer *call)
{
    const gt_conv2d_attributes *attributes = call->attributes;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 0, 1);
    if (status == GT_OK && call->inputs > 2)
        status = gt_need_same_dtype(call, 0, 2);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 0, "images", &attributes->input);
    if (status == GT_OK)
        status = gt_conv2d_need(call, 1, "filters", &attributes->filter);
    call->output[0].dtype = call->input[0]->dtype;
    if (status == GT_OK)
        status = gt_conv2d_output(call, &call->output[0].shape);
    return status == GT_OK && call->inputs > 2 ? gt_conv2d_need(call, 2, "biases", &GT_SHAPE(attributes->filter.dim[3]))
                                               : status;
}

void gt_conv2d_vjp(gt_tape *tape, const gt_node *node, gt_tensor *dz, gt_tensor *dx[])
{
    const gt_conv2d_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_conv2d_input_grad(tape, dz, gt_node_input(node, 1), attributes);
    if (gt_wants(node, 1))
        dx[1] = gt_conv2d_filter_grad(tape, dz, gt_node_input(node, 0), attributes);
    if (gt_node_inputs(node) > 2 && gt_wants(node, 2))
        dx[2] = gt_sum_to(tape, dz, &gt_node_input_spec(node, 2)->shape);
}

/* The options in numbers, for images and a filter of these shapes; false, with the tape's error set, for a padding that
 * is none. */
static bool settings(gt_tape *tape, const char *who, gt_tensor *x, gt_tensor *filter, const gt_conv2d_options *options,
                     gt_conv2d_attributes *attributes)
{
    const gt_conv2d_options given = options ? *options : (gt_conv2d_options){0};
    *attributes = (gt_conv2d_attributes){.before = {given.top, given.left},
                                         .after = {given.bottom, given.right},
                                         .input = gt_tensor_shape(x),
                                         .filter = gt_tensor_shape(filter)};
    if (!gt_padding_check(tape, who, given.padding, attributes->before, attributes->after))
        return false;
    for (int axis = 0; axis < 2; axis++) {
        gt_window window =
            gt_conv2d_window(&given, axis, attributes->input.dim[1 + axis], attributes->filter.dim[axis]);
        gt_window_pad(&window, given.padding);
        attributes->dilation[axis] = window.dilation;
        attributes->stride[axis] = window.stride;
        attributes->before[axis] = window.before;
        attributes->after[axis] = window.after;
    }
    return true;
}

gt_tensor *gt_conv2d_apply(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[], const gt_conv2d_options *options)
{
    gt_conv2d_attributes attributes;
    if (options && options->groups != 0 && options->groups != 1)
        return gt_conv2d_in_groups(tape, op, inputs, options);
    if (!settings(tape, op->name, inputs[0], inputs[1], options, &attributes))
        return NULL;
    return gt_apply(tape, op, inputs, op->inputs, &attributes);
}

gt_status gt_conv2d_forward(const gt_call *call, bool relu)
{
    gt_conv2d_job job = {.x = call->input[0].data,
                         .filter = call->input[1].data,
                         .bias = call->inputs > 2 ? call->input[2].data : NULL,
                         .relu = relu,
                         .y = call->output[0].data};
    gt_conv2d_plan_make(&job.plan, call->attributes);
    return gt_conv2d_run(call, &job);
}

void gt_conv2d_plan_make(gt_conv2d_plan *plan, const gt_conv2d_attributes *attributes)
{
    const int64_t *x = attributes->input.dim, *filter = attributes->filter.dim;
    *plan = (gt_conv2d_plan){.images = x[0],
                             .height = x[1],
                             .width = x[2],
                             .in = x[3],
                             .f_h = filter[0],
                             .f_w = filter[1],
                             .out = filter[3]};
    int64_t count[2];
    for (int axis = 0; axis < 2; axis++) {
        const gt_window window = window_of(attributes, axis);
        count[axis] = gt_window_count(&window);
        plan->stride[axis] = window.stride;
        plan->dilation[axis] = window.dilation;
        plan->before[axis] = window.before;
        plan->padded[axis] = (count[axis] - 1) * window.stride + (window.entries - 1) * window.dilation + 1;
    }
    plan->y_h = count[0];
    plan->y_w = count[1];
    const bool whole_rows = plan->dilation[1] == 1 || plan->f_w == 1;
    plan->runs = whole_rows ? 1 : plan->f_w;
    plan->run = whole_rows ? plan->f_w * plan->in : plan->in;
}

static bool has_border(const gt_conv2d_plan *plan)
{
    return plan->before[0] != 0 || plan->before[1] != 0 || plan->padded[0] > plan->height ||
           plan->padded[1] > plan->width;
}

int64_t gt_conv2d_rows_under(const gt_conv2d_plan *plan, int64_t rows)
{
    return (rows - 1) * plan->stride[0] + (plan->f_h - 1) * plan->dilation[0] + 1;
}

gt_status gt_conv2d_cut(const gt_call *call, const gt_conv2d_plan *plan, int64_t most, bool always, int slots,
                        gt_conv2d_band *band)
{
    const bool copied = always || has_border(plan);
    const gt_dtype dtype = call->input[0].spec->dtype;
    const double row = (double)plan->padded[1] * (double)plan->in * (double)gt_dtype_size(dtype);
    int64_t rows = most < plan->y_h ? most : plan->y_h;
    while (rows > 1 && copied && (double)gt_conv2d_rows_under(plan, rows) * row > MOST_BORDERED)
        rows /= 2;
    *band = (gt_conv2d_band){gt_gemm_even(plan->y_h, rows), 0};
    if (!copied)
        return GT_OK;
    const gt_shape under = GT_SHAPE(slots, gt_conv2d_rows_under(plan, band->rows), plan->padded[1], plan->in);
    if (gt_shape_check(call->op->name, dtype, &under) != GT_OK)
        return gt_fail(GT_ERR_SHAPE,
                       "%s: windows of %lld rows of images that are %lld wide with their border are more "
                       "than memory can hold",
                       call->op->name, (long long)under.dim[1], (long long)under.dim[2]);
    band->bytes = (size_t)(under.dim[1] * under.dim[2] * under.dim[3]) * gt_dtype_size(dtype);
    return GT_OK;
}

gt_conv2d_rows gt_conv2d_border(const gt_conv2d_plan *plan, const void *image, size_t element, int64_t first,
                                int64_t count, void *buffer)
{
    const size_t entry = (size_t)plan->in * element, row = (size_t)plan->width * entry;
    if (!has_border(plan))
        return (gt_conv2d_rows){(const char *)image + (size_t)first * row, plan->width * plan->in};
    const size_t length = (size_t)plan->padded[1] * entry;
    const size_t left = plan->before[1] < plan->padded[1] ? (size_t)plan->before[1] * entry : length;
    const size_t inside = length - left < row ? length - left : row;
    for (int64_t i = 0; i < count; i++) {
        const int64_t h = first + i - plan->before[0];
        char *to = (char *)buffer + (size_t)i * length;
        const bool on_image = h >= 0 && h < plan->height;
        memset(to, 0, on_image ? left : length);
        if (!on_image)
            continue;
        memcpy(to + left, (const char *)image + (size_t)h * row, inside);
        memset(to + left + inside, 0, length - left - inside);
    }
    return (gt_conv2d_rows){buffer, plan->padded[1] * plan->in};
}
