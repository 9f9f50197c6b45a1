/* Walking broadcast operands. */
#include "core/broadcast.h"

/* The stride of each output axis in an operand; 0 where it is stretched. */
static void strides_in(const gt_shape *output, const gt_shape *operand, int64_t stride[])
{
    int64_t step = 1;
    for (int64_t i = 1; i <= output->rank; i++) {
        int64_t dim = i <= operand->rank ? operand->dim[operand->rank - i] : 1;
        stride[output->rank - i] = dim == 1 ? 0 : step;
        step *= dim;
    }
}

void gt_broadcast_plan(gt_broadcast *plan, const gt_shape *output, int operands, const gt_shape *const operand[])
{
    int64_t stride[GT_BROADCAST_OPERANDS][GT_MAX_RANK];
    for (int k = 0; k < operands; k++)
        strides_in(output, operand[k], stride[k]);
    *plan = (gt_broadcast){.rows = 1, .length = 1};
    /* From the last axis on: an axis joins the one behind it where every operand steps on evenly. */
    int64_t dim[GT_MAX_RANK];
    int64_t joined[GT_BROADCAST_OPERANDS][GT_MAX_RANK];
    int count = 0;
    for (int64_t axis = output->rank - 1; axis >= 0; axis--) {
        int64_t size = output->dim[axis];
        if (size == 1)
            continue;
        bool joins = count > 0;
        for (int k = 0; joins && k < operands; k++)
            joins = stride[k][axis] == joined[k][count - 1] * dim[count - 1];
        if (joins) {
            dim[count - 1] *= size;
            continue;
        }
        dim[count] = size;
        for (int k = 0; k < operands; k++)
            joined[k][count] = stride[k][axis];
        count++;
    }
    /* The innermost is the row, where it steps by 0 or 1; it always does, because operands are dense. */
    if (count > 0) {
        plan->length = dim[0];
        for (int k = 0; k < operands; k++)
            plan->step[k] = joined[k][0];
    }
    for (int i = count - 1; i >= 1; i--) {
        plan->rows *= dim[i];
        plan->dim[plan->rank] = dim[i];
        for (int k = 0; k < operands; k++)
            plan->stride[k][plan->rank] = joined[k][i];
        plan->rank++;
    }
}

void gt_broadcast_start(const gt_broadcast *plan, int64_t row, int operands, gt_broadcast_cursor *cursor)
{
    *cursor = (gt_broadcast_cursor){{0}, {0}};
    for (int i = plan->rank - 1; i >= 0; i--) {
        cursor->index[i] = row % plan->dim[i];
        row /= plan->dim[i];
        for (int k = 0; k < operands; k++)
            cursor->offset[k] += cursor->index[i] * plan->stride[k][i];
    }
}
