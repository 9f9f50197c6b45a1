/* kl_divergence, made of ops: sum(target log(target / prediction)) over the last axis, both clipped to [1e-7, 1], and
 * its mean over the rest. keras/losses.py; S. Kullback, R. A. Leibler, "On information and sufficiency", Annals of
 * Mathematical Statistics 22 (1951). */
#include "core/op.h"
#include "ops/losses.h" /* GT_PROBABILITY_MARGIN */

gt_tensor *gt_kl_divergence(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    if (prediction && gt_tensor_rank(prediction) == 0)
        return gt_tape_fail(tape, GT_ERR_SHAPE, "kl_divergence: predictions () have no classes");
    const gt_scope scope = gt_scope_begin(tape);
    gt_tensor *p = gt_clip(tape, prediction, GT_PROBABILITY_MARGIN, 1);
    gt_tensor *t = gt_clip(tape, target, GT_PROBABILITY_MARGIN, 1);
    gt_tensor *terms = gt_mul(tape, t, gt_sub(tape, gt_log(tape, t), gt_log(tape, p)));
    gt_tensor *sums = gt_sum(tape, terms, &(gt_axes){.count = 1, .axis = {-1}});
    return gt_scope_end(tape, scope, gt_mean(tape, sums, NULL));
}
