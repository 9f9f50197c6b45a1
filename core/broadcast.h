/* Walking broadcast operands: the output as rows of the last axes that all operands step through evenly. */
#ifndef GT_BROADCAST_H
#define GT_BROADCAST_H

#include "core/op.h"

#define GT_BROADCAST_OPERANDS 3

/* Element i of row r of operand k lies at offset[k](r) + i * step[k]; the output's rows lie one behind the other. */
typedef struct gt_broadcast {
    int64_t rows, length; /* length >= 1 unless the output is empty */
    int rank;             /* of the outer axes */
    int64_t dim[GT_MAX_RANK];
    int64_t stride[GT_BROADCAST_OPERANDS][GT_MAX_RANK];
    int64_t step[GT_BROADCAST_OPERANDS]; /* 0 or 1 */
} gt_broadcast;

/* Where the operands' elements of a row begin; the rows are walked in order. */
typedef struct gt_broadcast_cursor {
    int64_t offset[GT_BROADCAST_OPERANDS];
    int64_t index[GT_MAX_RANK];
} gt_broadcast_cursor;

void gt_broadcast_plan(gt_broadcast *plan, const gt_shape *output, int operands, const gt_shape *const operand[]);
void gt_broadcast_start(const gt_broadcast *plan, int64_t row, int operands, gt_broadcast_cursor *cursor);

/* On to the next row, without a division. */
static inline void gt_broadcast_next(const gt_broadcast *plan, int operands, gt_broadcast_cursor *cursor)
{
    for (int i = plan->rank - 1; i >= 0; i--) {
        for (int k = 0; k < operands; k++)
            cursor->offset[k] += plan->stride[k][i];
        if (++cursor->index[i] < plan->dim[i])
            return;
        for (int k = 0; k < operands; k++)
            cursor->offset[k] -= plan->dim[i] * plan->stride[k][i];
        cursor->index[i] = 0;
    }
}

#endif
