/* split: x in parts along an axis, each a slice: so parts of the leading axis share x's memory. */
#include "core/op.h"
#include "ops/ops.h"

/* False, with the tape's error set, unless the parts make up the axis: by `sizes`, or, where it is NULL, evenly. */
static bool parts_fit(gt_tape *tape, const gt_shape *shape, int axis, int count, const int64_t *sizes)
{
    const int64_t whole = shape->dim[axis];
    int64_t left = whole;
    for (int i = 0; sizes && i < count; i++) {
        if (sizes[i] < 0 || sizes[i] > left) {
            gt_tape_fail(tape, GT_ERR_SHAPE, "split: part %d of %lld entries does not fit the %lld left of %s, axis %d",
                         i, (long long)sizes[i], (long long)left, gt_shape_text(shape).text, axis);
            return false;
        }
        left -= sizes[i];
    }
    if (sizes && left > 0)
        gt_tape_fail(tape, GT_ERR_SHAPE, "split: the parts leave %lld entries of %s, axis %d", (long long)left,
                     gt_shape_text(shape).text, axis);
    else if (!sizes && whole % count != 0)
        gt_tape_fail(tape, GT_ERR_SHAPE, "split: axis %d of %s does not fall into %d equal parts", axis,
                     gt_shape_text(shape).text, count);
    else
        return true;
    return false;
}

gt_status gt_split(gt_tape *tape, gt_tensor *x, int axis, int count, const int64_t *sizes, gt_tensor *parts[])
{
    for (int i = 0; parts && i < count; i++)
        parts[i] = NULL;
    const gt_shape shape = gt_tensor_shape(x);
    const int along = gt_shape_axis(&shape, axis);
    if (!x || !parts || count < 1)
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "split: %s",
                     !x       ? "input 0 is NULL"
                     : !parts ? "the array for the parts is NULL"
                              : "no parts are asked for");
    else if (along < 0)
        gt_tape_fail(tape, GT_ERR_ARGUMENT, "split: axis %d is out of range for %s", axis, gt_shape_text(&shape).text);
    if (gt_tape_status(tape) != GT_OK || !parts_fit(tape, &shape, along, count, sizes))
        return gt_tape_status(tape);
    gt_shape size = shape;
    int64_t begin[GT_MAX_RANK] = {0};
    for (int i = 0; i < count; i++) {
        size.dim[along] = sizes ? sizes[i] : shape.dim[along] / count;
        parts[i] = gt_slice(tape, x, begin, size.dim);
        begin[along] += size.dim[along];
    }
    for (int i = 0; gt_tape_status(tape) != GT_OK && i < count; i++)
        parts[i] = NULL;
    return gt_tape_status(tape);
}
