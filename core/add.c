/* add: y = a + b, broadcast as NumPy does. What the sweep uses where paths meet. */
#include "core/builtin.h"
#include "core/elementwise.h"

static inline float add_f32(float a, float b)
{
    return a + b;
}

static inline double add_f64(double a, double b)
{
    return a + b;
}

GT_CPU_BINARY(forward, add)

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    for (int i = 0; i < 2; i++)
        if (gt_wants(node, i))
            dx[i] = gt_sum_to(tape, dy[0], &gt_node_input_spec(node, i)->shape);
}

static const gt_sample samples[] = {
    {.name = "same shape", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "row", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(4)}},
    {.name = "column and row", .inputs = {GT_NORMAL(4, 1), GT_NORMAL(1, 3)}},
    {.name = "scalar", .inputs = {GT_NORMAL(3, 1), GT_NORMAL_SCALAR}},
    {.name = "middle axis", .inputs = {GT_NORMAL(2, 1, 3), GT_NORMAL(2, 5, 3)}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(3)}},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(64, 24, 24, 32), GT_NORMAL(32)}};

const gt_op gt_op_add = {
    .name = "add",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_broadcast,
    .kernel = forward,
    .vjp = vjp,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_add(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_add, (gt_tensor *[]){a, b}, 2, NULL);
}
