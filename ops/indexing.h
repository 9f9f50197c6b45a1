/* What the ops with int32 indices share. */
#ifndef GT_INDEXING_H
#define GT_INDEXING_H

#include "core/op.h"

/* The shape without its first `count` axes, behind those of `front`. GT_ERR_SHAPE, naming the op, where that has more
 * axes than a tensor may. */
gt_status gt_index_shape(const gt_infer *call, const gt_shape *front, const gt_shape *shape, int64_t count,
                         gt_shape *result);

/* GT_ERR_VALUE, naming the op, the position and the value, unless 0 <= index < bound for all of input i. */
gt_status gt_check_indices(const gt_call *call, int i, int64_t bound);

/* y[indices[i]] += updates[i], row by row, in the order of i; `clear`: y is zeroed before. The operands are y of
 * (rows, ...), updates and checked indices. Cut by columns, so that each thread owns what it writes. */
void gt_add_rows(const gt_operand *y, const gt_operand *updates, const gt_operand *indices, bool clear);

#endif
