/* Pooling over whole images (batch, height, width, channels): reductions over axes 1 and 2. Lin, Chen, Yan, "Network in
 * network", ICLR 2014. */
#include "core/op.h"
#include "ops/ops.h"

static const gt_axes height_and_width = {.count = 2, .axis = {1, 2}};

/* False, with the tape's error set, unless x is a batch of images with at least one entry. */
static bool are_images(gt_tape *tape, const char *who, const gt_tensor *x)
{
    const gt_shape shape = gt_tensor_shape(x);
    if (!x)
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "%s: input 0 is NULL", who);
    else if (shape.rank != 4)
        gt_tape_fail(tape, GT_ERR_SHAPE, "%s: images (batch, height, width, channels) are expected: %s", who,
                     gt_shape_text(&shape).text);
    else if (shape.dim[1] == 0 || shape.dim[2] == 0)
        gt_tape_fail(tape, GT_ERR_SHAPE, "%s: images without an entry: %s", who, gt_shape_text(&shape).text);
    else
        return true;
    return false;
}

gt_tensor *gt_global_avg_pool2d(gt_tape *tape, gt_tensor *x)
{
    return are_images(tape, "global_avg_pool2d", x) ? gt_mean(tape, x, &height_and_width) : NULL;
}

gt_tensor *gt_global_max_pool2d(gt_tape *tape, gt_tensor *x)
{
    return are_images(tape, "global_max_pool2d", x) ? gt_max(tape, x, &height_and_width) : NULL;
}
