/* What the ops with int32 indices share. */
#ifndef REAL

#include "ops/indexing.h"

#include <string.h>

#include "core/threads.h"

gt_status gt_index_shape(const gt_infer *call, const gt_shape *front, const gt_shape *shape, int64_t count,
                         gt_shape *result)
{
    if (front->rank + shape->rank - count > GT_MAX_RANK)
        return gt_fail(GT_ERR_SHAPE, "%s: the result would have %lld axes, a tensor has at most %d", call->op->name,
                       (long long)(front->rank + shape->rank - count), GT_MAX_RANK);
    *result = *front;
    for (int64_t axis = count; axis < shape->rank; axis++)
        result->dim[result->rank++] = shape->dim[axis];
    return GT_OK;
}

gt_status gt_check_indices(const gt_call *call, int i, int64_t bound)
{
    const int32_t *index = call->input[i].data;
    const int64_t count = gt_operand_size(&call->input[i]);
    for (int64_t k = 0; k < count; k++)
        if (index[k] < 0 || index[k] >= bound)
            return gt_fail(GT_ERR_VALUE, "%s: index %d at position %lld, expected 0 <= index < %lld", call->op->name,
                           (int)index[k], (long long)k, (long long)bound);
    return GT_OK;
}

typedef struct addition {
    void *y;
    const void *updates;
    const int32_t *index;
    int64_t rows, width, count;
    bool clear;
} addition;

#define KERNEL_FILE "ops/indexing.c"
#include "core/kernels.h"

#define PARTS     16
#define NARROWEST 64 /* columns: enough lines in a row that reading them pays */

void gt_add_rows(const gt_operand *y, const gt_operand *updates, const gt_operand *indices, bool clear)
{
    addition a = {.y = y->data, .updates = updates->data, .index = indices->data, .width = 1, .clear = clear};
    a.rows = y->spec->shape.dim[0];
    for (int64_t axis = 1; axis < y->spec->shape.rank; axis++)
        a.width *= y->spec->shape.dim[axis];
    a.count = gt_operand_size(indices);
    const int64_t share = (a.width + PARTS - 1) / PARTS;
    const int64_t grain = share < NARROWEST ? NARROWEST : share;
    gt_parallel(a.width, grain, GT_PICK(columns, y->spec->dtype), &a);
}

#else

static void KERNEL(columns)(void *context, int64_t begin, int64_t end)
{
    const addition *a = context;
    REAL *y = (REAL *)a->y;
    const REAL *updates = a->updates;
    for (int64_t row = 0; a->clear && row < a->rows; row++)
        memset(y + row * a->width + begin, 0, (size_t)(end - begin) * sizeof *y);
    for (int64_t i = 0; i < a->count; i++) {
        REAL *to = y + a->index[i] * a->width;
        const REAL *from = updates + i * a->width;
        for (int64_t k = begin; k < end; k++)
            to[k] += from[k];
    }
}

#endif
