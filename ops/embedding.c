/* embedding: gather of the rows of a matrix, whose gradient adds up where a row was asked for more than once. */
#include "core/op.h"
#include "ops/ops.h"

gt_tensor *gt_embedding(gt_tape *tape, gt_tensor *table, gt_tensor *indices)
{
    const gt_shape shape = gt_tensor_shape(table);
    if (table && shape.rank != 2)
        return gt_tape_fail(tape, GT_ERR_SHAPE, "embedding: a table (rows, width) is expected: %s",
                            gt_shape_text(&shape).text);
    return gt_gather(tape, table, indices);
}
