/* hinge, made of ops: the mean of max(1 - target prediction, 0). keras/losses.py. */
#include "core/op.h"
#include "ops/ops.h"

gt_tensor *gt_hinge(gt_tape *tape, gt_tensor *prediction, gt_tensor *target)
{
    const gt_scope scope = gt_scope_begin(tape);
    gt_tensor *product = gt_mul(tape, target, prediction);
    gt_tensor *one = gt_fill(tape, gt_tensor_dtype(product), GT_SCALAR, 1);
    gt_tensor *loss = gt_relu(tape, gt_sub(tape, one, product));
    return gt_scope_end(tape, scope, gt_mean(tape, loss, NULL));
}
