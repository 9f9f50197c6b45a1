/* The ops that write their inputs: optimizer steps (optim/) and moving averages. All inputs but the last are
 * updated in place from it, element by element and in one pass. */
#ifndef GT_UPDATES_H
#define GT_UPDATES_H

#include "core/elementwise.h"
#include "ops/attributes.h"
#include "ops/update_scalar.h"

extern const gt_op gt_op_adadelta_update;       /* (weight, mean_square, mean_square_step, gradient) */
extern const gt_op gt_op_adagrad_update;        /* (weight, accumulator, gradient) */
extern const gt_op gt_op_adam_update;           /* (weight, mean, mean_square, gradient) */
extern const gt_op gt_op_moving_average_update; /* (average, value) */
extern const gt_op gt_op_rmsprop_update;        /* (weight, mean_square, gradient) */
extern const gt_op gt_op_sgd_momentum_update;   /* (weight, velocity, gradient) */
extern const gt_op gt_op_sgd_update;            /* (weight, gradient) */

/* average = momentum average + (1 - momentum) value: batch_norm's statistics for inference. */
gt_status gt_moving_average_update(gt_tensor *average, gt_tensor *value, double momentum);

/* Runs the body over all elements of input 0. */
static inline gt_status gt_update_each(const gt_call *call, gt_range_body *body)
{
    gt_parallel(gt_operand_size(&call->input[0]), GT_ELEMENT_GRAIN, body, (void *)call);
    return GT_OK;
}

#endif
