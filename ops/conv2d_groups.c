/* Convolution in groups, made of ops: each group's channels through its own filters, side by side in the result; by
 * depthwise_conv2d where each group is a single channel. */
#include "core/memory.h"
#include "ops/conv2d_plan.h"

extern const gt_op gt_op_conv2d_bias_relu;

/* False, with the tape's error set, unless channels and filters can be shared out. */
static bool are_divisible(gt_tape *tape, const char *who, const gt_shape *x, const gt_shape *filter, int64_t groups)
{
    if (groups < 0) {
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: groups is %lld, a positive number is expected", who,
                     (long long)groups);
        return false;
    }
    if (x->rank == 4 && filter->rank == 4 && x->dim[3] % groups == 0 && filter->dim[3] % groups == 0 &&
        filter->dim[2] == x->dim[3] / groups)
        return true;
    gt_tape_fail(tape, GT_ERR_SHAPE,
                 "%s: images %s and a filter %s in %lld groups: (batch, height, width, in) and (f_h, f_w, in / groups, "
                 "out) are expected",
                 who, gt_shape_text(x).text, gt_shape_text(filter).text, (long long)groups);
    return false;
}

/* Part `index` of `groups` along the last axis. */
static gt_tensor *part_of(gt_tape *tape, gt_tensor *x, int64_t groups, int64_t index)
{
    int64_t begin[4] = {0}, size[4] = {-1, -1, -1, -1};
    const int last = gt_tensor_rank(x) - 1;
    if (last < 0 || last > 3)
        return gt_tape_fail(tape, GT_ERR_SHAPE, "conv2d: a bias (out) is expected");
    size[last] = gt_tensor_dim(x, last) / groups;
    begin[last] = index * size[last];
    return gt_slice(tape, x, begin, size);
}

/* Any number of tensors side by side: concat takes so many at a time. */
static gt_tensor *join(gt_tape *tape, gt_tensor **parts, int64_t count)
{
    while (count > 1) {
        int64_t joined = 0;
        for (int64_t first = 0; first < count; first += GT_MAX_INPUTS) {
            const int64_t rest = count - first;
            const int taken = (int)(rest < GT_MAX_INPUTS ? rest : GT_MAX_INPUTS);
            parts[joined++] = taken == 1 ? parts[first] : gt_concat(tape, taken, parts + first, -1);
        }
        count = joined;
    }
    return parts[0];
}

/* A filter (f_h, f_w, 1, in m) is in memory that of depthwise_conv2d, (f_h, f_w, in, m). */
static gt_tensor *by_channels(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[],
                              const gt_conv2d_options *options)
{
    const gt_shape filter = gt_tensor_shape(inputs[1]);
    const int64_t in = gt_tensor_dim(inputs[0], 3), out = filter.dim[3];
    const gt_shape bias = op->inputs > 2 ? gt_tensor_shape(inputs[2]) : GT_SHAPE(out);
    if (!gt_shape_equal(&bias, &GT_SHAPE(out)))
        return gt_tape_fail(tape, GT_ERR_SHAPE, "%s: the biases are %s, %s are expected", op->name,
                            gt_shape_text(&bias).text, gt_shape_text(&GT_SHAPE(out)).text);
    const gt_scope scope = gt_scope_begin(tape);
    gt_tensor *turned = gt_reshape(tape, inputs[1], GT_SHAPE(filter.dim[0], filter.dim[1], in, out / in));
    gt_tensor *y = gt_depthwise_conv2d(tape, inputs[0], turned, options);
    if (op->inputs > 2)
        y = gt_add(tape, y, inputs[2]);
    if (op == &gt_op_conv2d_bias_relu)
        y = gt_relu(tape, y);
    return gt_scope_end(tape, scope, y);
}

gt_tensor *gt_conv2d_in_groups(gt_tape *tape, const gt_op *op, gt_tensor *const inputs[],
                               const gt_conv2d_options *options)
{
    const int64_t groups = options->groups;
    const gt_shape x = gt_tensor_shape(inputs[0]), filter = gt_tensor_shape(inputs[1]);
    if (inputs[0] && inputs[1] && !are_divisible(tape, op->name, &x, &filter, groups))
        return NULL;
    gt_conv2d_options whole = *options;
    whole.groups = 0;
    for (int i = 0; i < op->inputs; i++)
        if (!inputs[i]) /* which is reported as for any op */
            return gt_conv2d_apply(tape, op, inputs, &whole);
    if (groups == x.dim[3])
        return by_channels(tape, op, inputs, &whole);
    gt_tensor **parts = gt_allocate((size_t)groups * sizeof *parts);
    if (!parts)
        return gt_tape_fail(tape, GT_ERR_MEMORY, "%s: %s", op->name, gt_last_error());
    const gt_scope scope = gt_scope_begin(tape);
    for (int64_t i = 0; i < groups; i++) {
        gt_tensor *of_group[3] = {NULL};
        for (int k = 0; k < op->inputs; k++)
            of_group[k] = part_of(tape, inputs[k], groups, i);
        parts[i] = gt_conv2d_apply(tape, op, of_group, &whole);
    }
    gt_tensor *result = gt_scope_end(tape, scope, join(tape, parts, groups));
    gt_release(parts);
    return result;
}
