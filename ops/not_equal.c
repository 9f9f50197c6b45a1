/* not_equal: 1 where a is not b, else 0, as uint8; broadcast as NumPy does. NaN is unequal to everything, itself
 * included. */
#include "ops/compare.h"
#include "ops/ops.h"

#define IS_NOT_EQUAL(a, b) ((uint8_t)((a) != (b)))
GT_CPU_COMPARISON(forward, IS_NOT_EQUAL)

static const gt_sample samples[] = {
    {.name = "same shape", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "row", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "column and row", .inputs = {GT_NORMAL(4, 1), GT_NORMAL(1, 3)}},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_NORMAL(3, 1)}},
    {.name = "middle axis", .inputs = {GT_NORMAL(2, 1, 3), GT_NORMAL(2, 5, 3)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}},
    {.name = "ties", .inputs = {GT_INDEX(0, 3, 4, 5), GT_INDEX(0, 3, 4, 5)}},
    {.name = "integers", .inputs = {GT_INDEX(-2, 3, 3, 1), GT_INDEX(-2, 3, 7)}},
    {.name = "bytes", .inputs = {GT_BYTE(131), GT_BYTE(1)}},
    {.name = "truth values", .inputs = {GT_TRUTH(2, 9), GT_TRUTH(2, 9)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)}};

const gt_op gt_op_not_equal = {
    .name = "not_equal",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_comparison,
    .kernel = forward,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_not_equal(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_not_equal, (gt_tensor *[]){a, b}, 2, NULL);
}
