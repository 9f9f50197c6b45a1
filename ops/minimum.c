/* minimum: y = the smaller of a and b, broadcast as NumPy does; NaN passes on. Where a equals b the whole derivative
 * goes to a. */
#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_BINARY(forward, gt_minimum_value)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *b_wins = gt_greater(tape, gt_node_input(node, 0), gt_node_input(node, 1));
    if (gt_wants(node, 0))
        dx[0] = gt_where_grad(tape, dy[0], b_wins, false, &gt_node_input_spec(node, 0)->shape);
    if (gt_wants(node, 1))
        dx[1] = gt_where_grad(tape, dy[0], b_wins, true, &gt_node_input_spec(node, 1)->shape);
}

static const gt_sample samples[] = {
    {.name = "same shape", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "row", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "column and row", .inputs = {GT_NORMAL(4, 1), GT_NORMAL(1, 3)}},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_NORMAL(3, 1)}},
    {.name = "middle axis", .inputs = {GT_NORMAL(2, 1, 3), GT_NORMAL(2, 5, 3)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3)}},
    {.name = "ties", .inputs = {GT_VALUE(1, 5), GT_VALUE(1, 5)}, .forward_only = true},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)}};

const gt_op gt_op_minimum = {
    .name = "minimum",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_broadcast,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_minimum(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_minimum, (gt_tensor *[]){a, b}, 2, NULL);
}
