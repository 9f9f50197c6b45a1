/* huber, made of ops: with e = prediction - target and c = e clipped to +-delta, the mean of c (e - c / 2), which is
 * e^2 / 2 within and delta (|e| - delta / 2) beyond. P. J. Huber, "Robust estimation of a location parameter", Annals
 * of Mathematical Statistics 35 (1964). */
#include <math.h>

#include "core/op.h"
#include "ops/ops.h"

gt_tensor *gt_huber_with(gt_tape *tape, gt_tensor *prediction, gt_tensor *target, double delta)
{
    if (!(delta > 0 && isfinite(delta)))
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "huber: delta is %g, a positive number is expected", delta);
    const gt_scope scope = gt_scope_begin(tape);
    gt_tensor *error = gt_sub(tape, prediction, target), *clipped = gt_clip(tape, error, -delta, delta);
    gt_tensor *loss = gt_mul(tape, clipped, gt_sub(tape, error, gt_scale(tape, clipped, 0.5)));
    return gt_scope_end(tape, scope, gt_mean(tape, loss, NULL));
}

gt_tensor *gt_huber(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    return gt_huber_with(tape, prediction, target, 1);
}
