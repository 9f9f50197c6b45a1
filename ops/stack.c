/* stack: tensors of one shape along a new axis, by concat: each seen with an axis of size 1. */
#include "core/memory.h"
#include "core/op.h"
#include "ops/ops.h"

/* False, with the tape's error set, unless all have the dtype and the shape of the first. */
static bool are_alike(gt_tape *tape, int count, gt_tensor *const x[])
{
    for (int i = 0; i < count; i++) {
        const gt_shape first = gt_tensor_shape(x[0]), shape = gt_tensor_shape(x[i]);
        if (!x[i]) {
            gt_tape_fail(tape, GT_ERR_ARGUMENT, "stack: input %d is NULL", i);
            return false;
        }
        const bool same = gt_tensor_dtype(x[i]) == gt_tensor_dtype(x[0]);
        if (!same || !gt_shape_equal(&shape, &first)) {
            gt_tape_fail(tape, same ? GT_ERR_SHAPE : GT_ERR_DTYPE, "stack: input %d is %s %s, input 0 %s %s", i,
                         gt_dtype_name(gt_tensor_dtype(x[i])), gt_shape_text(&shape).text,
                         gt_dtype_name(gt_tensor_dtype(x[0])), gt_shape_text(&first).text);
            return false;
        }
    }
    return true;
}

/* The shape with an axis of size 1 in front of axis `at`. */
static gt_shape with_axis(const gt_shape *shape, int at)
{
    gt_shape longer = {.rank = shape->rank + 1};
    for (int i = 0; i < longer.rank; i++)
        longer.dim[i] = i == at ? 1 : shape->dim[i < at ? i : i - 1];
    return longer;
}

gt_tensor *gt_stack(gt_tape *tape, int count, gt_tensor *const x[], int axis)
{
    if (count < 1 || !x)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "stack: %s", x ? "no tensors given" : "the array is NULL");
    if (!are_alike(tape, count, x))
        return NULL;
    const gt_shape shape = gt_tensor_shape(x[0]);
    if (shape.rank == GT_MAX_RANK)
        return gt_tape_fail(tape, GT_ERR_SHAPE, "stack: %s has %d axes already, the most there can be",
                            gt_shape_text(&shape).text, GT_MAX_RANK);
    const int at = gt_shape_axis(&(gt_shape){.rank = shape.rank + 1}, axis);
    if (at < 0)
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "stack: axis %d is out of range for a new axis of %s", axis,
                            gt_shape_text(&shape).text);
    gt_tensor **part = gt_allocate((size_t)count * sizeof(gt_tensor *));
    if (!part)
        return gt_tape_fail(tape, GT_ERR_MEMORY, "stack: %s", gt_last_error());
    gt_scope scope = gt_scope_begin(tape);
    for (int i = 0; i < count; i++)
        part[i] = gt_reshape(tape, x[i], with_axis(&shape, at));
    gt_tensor *result = gt_scope_end(tape, scope, gt_concat(tape, count, part, at));
    gt_release(part);
    return result;
}
