/* log_sum_exp, made of ops: m + log(sum(exp(x - m))), m the maximum, so that exp does not overflow. As a constant it
 * changes no gradient; where it is infinite, the greatest finite number stands in for it, since infinity minus infinity
 * is none. */
#include <float.h>

#include "core/op.h"
#include "ops/ops.h"

gt_tensor *gt_log_sum_exp(gt_tape *tape, gt_tensor *x, const gt_axes *axes)
{
    gt_axes kept = axes ? *axes : (gt_axes){.count = 0};
    kept.keepdims = true;
    const gt_scope scope = gt_scope_begin(tape);
    const double most = gt_tensor_dtype(x) == GT_FLOAT32 ? (double)FLT_MAX : DBL_MAX;
    gt_tensor *max = gt_stop_gradient(tape, gt_clip(tape, gt_max(tape, x, &kept), -most, most));
    gt_tensor *sum = gt_sum(tape, gt_exp(tape, gt_sub(tape, x, max)), &kept);
    gt_tensor *result = gt_add(tape, gt_log(tape, sum), max);
    if (!axes || !axes->keepdims)
        result = gt_sum(tape, result, axes); /* over axes of size 1: drops them */
    return gt_scope_end(tape, scope, result);
}
