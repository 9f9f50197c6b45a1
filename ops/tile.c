/* tile: x repeated along its axes, by broadcast_to: x (d0, d1) seen as (1, d0, 1, d1) is stretched to
 * (r0, d0, r1, d1) and seen as (r0 d0, r1 d1). Axes that are not repeated join the one before. */
#include "core/op.h"
#include "ops/ops.h"

/* As many repeated axes as one stretch takes: each is two, and what stands before them one. */
#define MOST ((GT_MAX_RANK - 1) / 2)

/* False, with the tape's error set, where the result cannot be. */
static bool result_exists(gt_tape *tape, const gt_tensor *x, const int64_t *repeats)
{
    const gt_shape shape = gt_tensor_shape(x), times = gt_shape_of((int)shape.rank, repeats);
    gt_shape result = shape;
    for (int64_t i = 0; i < shape.rank; i++) {
        if (repeats[i] < 0) {
            gt_tape_fail(tape, GT_ERR_ARGUMENT, "tile: %s repeated %s times", gt_shape_text(&shape).text,
                         gt_shape_text(&times).text);
            return false;
        }
        if (repeats[i] > 0 && shape.dim[i] > INT64_MAX / repeats[i]) {
            gt_tape_fail(tape, GT_ERR_SHAPE, "tile: %s repeated %s times is more than memory can hold",
                         gt_shape_text(&shape).text, gt_shape_text(&times).text);
            return false;
        }
        result.dim[i] *= repeats[i];
    }
    const gt_status status = gt_shape_check("tile", gt_tensor_dtype(x), &result);
    if (status != GT_OK)
        gt_tape_fail(tape, status, "%s", gt_last_error());
    return status == GT_OK;
}

/* At most MOST of the repeats are not 1. */
static gt_tensor *stretch(gt_tape *tape, gt_tensor *x, const int64_t repeats[GT_MAX_RANK])
{
    gt_shape result = gt_tensor_shape(x), apart = {0}, stretched = {0};
    int64_t rank = 0;
    for (int64_t i = 0; i < result.rank; i++) {
        const int64_t length = result.dim[i];
        result.dim[i] *= repeats[i];
        if (repeats[i] == 1 && rank > 0) {
            apart.dim[rank - 1] *= length;
            stretched.dim[rank - 1] *= length;
            continue;
        }
        if (repeats[i] != 1) {
            apart.dim[rank] = 1;
            stretched.dim[rank++] = repeats[i];
        }
        apart.dim[rank] = stretched.dim[rank] = length;
        rank++;
    }
    apart.rank = stretched.rank = rank;
    return gt_reshape(tape, gt_broadcast_to(tape, gt_reshape(tape, x, apart), stretched), result);
}

gt_tensor *gt_tile(gt_tape *tape, gt_tensor *x, const int64_t *repeats)
{
    const int64_t rank = gt_tensor_shape(x).rank;
    if (!x || (rank > 0 && !repeats))
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "tile: %s is NULL", x ? "repeats" : "input 0");
    if (!gt_dtype_is_real(gt_tensor_dtype(x)))
        return gt_tape_fail(tape, GT_ERR_DTYPE, "tile: input 0 is %s, float32 or float64 is expected",
                            gt_dtype_name(gt_tensor_dtype(x)));
    if (!result_exists(tape, x, repeats))
        return NULL;
    gt_scope scope = gt_scope_begin(tape);
    int64_t axis = rank - 1;
    do {
        int64_t some[GT_MAX_RANK];
        int repeated = 0;
        for (int64_t i = 0; i < rank; i++)
            some[i] = 1;
        for (; axis >= 0 && (repeats[axis] == 1 || repeated < MOST); axis--) {
            some[axis] = repeats[axis];
            repeated += repeats[axis] != 1;
        }
        x = stretch(tape, x, some);
    } while (axis >= 0);
    return gt_scope_end(tape, scope, x);
}
