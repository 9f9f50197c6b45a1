/* Looking for NaN and infinity in what an op computed. */
#ifndef GT_FINITE_H
#define GT_FINITE_H

#include "core/op.h"

/* GT_ERR_VALUE where an output is not finite: says which op made it, where, and from what. Outputs of other devices are
 * copied to the host, and waited for. */
gt_status gt_finite_check(const gt_op *op, int inputs, gt_tensor *const input[], int outputs,
                          gt_tensor *const output[]);

#endif
