/* label_smoothing, made of ops: labels (1 - smoothing) + smoothing / classes. C. Szegedy et al., "Rethinking the
 * Inception architecture for computer vision", CVPR 2016. */
#include "core/op.h"
#include "ops/ops.h"

gt_tensor *gt_label_smoothing(gt_tape *tape, gt_tensor *labels, double smoothing)
{
    if (!(smoothing >= 0 && smoothing <= 1))
        return gt_tape_fail(tape, GT_ERR_ARGUMENT, "label_smoothing: smoothing is %g, from 0 to 1 is expected",
                            smoothing);
    const int64_t classes = gt_tensor_dim(labels, -1);
    if (labels && classes == 0)
        return gt_tape_fail(tape, GT_ERR_SHAPE, "label_smoothing: the labels have no classes");
    const gt_scope scope = gt_scope_begin(tape);
    gt_tensor *scaled = gt_scale(tape, labels, 1 - smoothing);
    gt_tensor *share = gt_fill(tape, gt_tensor_dtype(scaled), GT_SCALAR, labels ? smoothing / (double)classes : 0);
    return gt_scope_end(tape, scope, gt_add(tape, scaled, share));
}
