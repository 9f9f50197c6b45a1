/* pow: y = a^b, broadcast as NumPy does. da = b a^(b - 1) dy, which is 0 where b is 0. db = y log(a) dy, taken as 0
 * where a is 0, as in TensorFlow, and NaN where a is negative. */
#include "core/elementwise.h"
#include "ops/ops.h"
#include "ops/scalar.h"

GT_CPU_BINARY(forward, gt_pow_value)

/* d y / d a */
static gt_tensor *slope_of_base(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    gt_tensor *one = gt_fill(tape, gt_tensor_dtype(b), GT_SCALAR, 1);
    return gt_mul_no_nan(tape, gt_pow(tape, a, gt_sub(tape, b, one)), b);
}

/* d y / d b. The logarithm's own derivative, too, is 0 where a is 0. */
static gt_tensor *slope_of_exponent(gt_tape *tape, gt_tensor *a, gt_tensor *y)
{
    gt_tensor *zero = gt_fill(tape, gt_tensor_dtype(a), GT_SCALAR, 0);
    gt_tensor *logarithm = gt_where(tape, gt_equal(tape, a, zero), zero, gt_log(tape, a));
    return gt_mul_no_nan(tape, y, logarithm); /* y may be infinite where a is 0 */
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *a = gt_node_input(node, 0);
    if (gt_wants(node, 0)) {
        gt_tensor *slope = slope_of_base(tape, a, gt_node_input(node, 1));
        dx[0] = gt_sum_to(tape, gt_mul_no_nan(tape, slope, dy[0]), &gt_node_input_spec(node, 0)->shape);
    }
    if (gt_wants(node, 1)) {
        gt_tensor *slope = slope_of_exponent(tape, a, gt_node_output(node, 0));
        dx[1] = gt_sum_to(tape, gt_mul_no_nan(tape, slope, dy[0]), &gt_node_input_spec(node, 1)->shape);
    }
}

static const gt_sample samples[] = {
    {.name = "same shape", .inputs = {GT_UNIFORM(0.5, 2, 3, 4), GT_NORMAL(3, 4)}},
    {.name = "row", .inputs = {GT_UNIFORM(0.5, 2, 3, 4), GT_NORMAL(4)}},
    {.name = "column and row", .inputs = {GT_UNIFORM(0.5, 2, 4, 1), GT_NORMAL(1, 3)}},
    {.name = "one", .inputs = {GT_UNIFORM(0.5, 2, 1), GT_NORMAL(3, 1)}},
    {.name = "middle axis", .inputs = {GT_UNIFORM(0.5, 2, 2, 1, 3), GT_NORMAL(2, 5, 3)}},
    {.name = "odd tail", .inputs = {GT_UNIFORM(0.5, 2, 131), GT_NORMAL(131)}},
    {.name = "empty", .inputs = {GT_UNIFORM(0.5, 2, 0, 3), GT_NORMAL(3)}},
    {.name = "negative base", .inputs = {GT_UNIFORM(-2, -1, 5), GT_VALUE(3, 5)}, .forward_only = true},
    {.name = "zero base", .inputs = {GT_VALUE(0, 5), GT_VALUE(2.5, 5)}, .forward_only = true},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_UNIFORM(0.5, 2, 256, 1024), GT_NORMAL(256, 1024)}};

const gt_op gt_op_pow = {
    .name = "pow",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_broadcast,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1) | GT_KEEPS_OUTPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_pow(gt_tape *tape, gt_tensor *a, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_pow, (gt_tensor *[]){a, b}, 2, NULL);
}
