/* where: y = a where the condition (uint8) is not 0, else b; all three broadcast as NumPy does. The gradient of the
 * branch not taken is 0, not 0 times its slope: infinite and NaN values there do no harm. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"

static gt_status infer(const gt_infer *call)
{
    gt_status status = gt_need_dtype(call, 0, GT_UINT8);
    if (status == GT_OK)
        status = gt_need_real(call, 1);
    if (status == GT_OK)
        status = gt_need_same_dtype(call, 1, 2);
    gt_shape branches, shape = {0, {0}};
    if (status == GT_OK)
        status = gt_shape_broadcast("where", &call->input[1]->shape, &call->input[2]->shape, &branches);
    if (status == GT_OK)
        status = gt_shape_broadcast("where", &call->input[0]->shape, &branches, &shape);
    call->output[0] = (gt_spec){call->input[1]->dtype, shape};
    return status == GT_OK ? gt_shape_check("where", call->output[0].dtype, &shape) : status;
}

#define KERNEL_FILE "ops/where.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_each_row(call, GT_PICK(rows, call->output[0].spec->dtype));
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    gt_tensor *condition = gt_node_input(node, 0);
    if (gt_wants(node, 1))
        dx[1] = gt_where_grad(tape, dy[0], condition, true, &gt_node_input_spec(node, 1)->shape);
    if (gt_wants(node, 2))
        dx[2] = gt_where_grad(tape, dy[0], condition, false, &gt_node_input_spec(node, 2)->shape);
}

static const gt_sample samples[] = {
    {.name = "same shape", .inputs = {GT_TRUTH(3, 4), GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "row of conditions", .inputs = {GT_TRUTH(4), GT_NORMAL(3, 4), GT_NORMAL(3, 4)}},
    {.name = "row, column and middle axis", .inputs = {GT_TRUTH(3, 1, 1), GT_NORMAL(4), GT_NORMAL(3, 5, 1)}},
    {.name = "constant branch", .inputs = {GT_TRUTH(2, 5), GT_NORMAL_SCALAR, GT_NORMAL(2, 5)}},
    {.name = "bytes", .inputs = {GT_BYTE(131), GT_NORMAL(131), GT_NORMAL(1)}, .zero_gradient = 4},
    {.name = "empty", .inputs = {GT_TRUTH(0, 3), GT_NORMAL(3), GT_NORMAL(0, 1)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_TRUTH(256, 1024), GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)}};

const gt_op gt_op_where = {
    .name = "where",
    .inputs = 3,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0),
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_where(gt_tape *tape, gt_tensor *condition, gt_tensor *a, gt_tensor *b)
{
    return gt_apply(tape, &gt_op_where, (gt_tensor *[]){condition, a, b}, 3, NULL);
}

gt_tensor *gt_where_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *condition, bool taken, const gt_shape *shape)
{
    gt_tensor *zero = gt_fill(tape, gt_tensor_dtype(dy), GT_SCALAR, 0);
    return gt_sum_to(tape, gt_where(tape, condition, taken ? dy : zero, taken ? zero : dy), shape);
}

#else

static void KERNEL(row)(const uint8_t *condition, int64_t step, const REAL *a, int64_t step_a, const REAL *b,
                        int64_t step_b, REAL *restrict y, int64_t n)
{
    if (step && step_a && step_b)
        for (int64_t i = 0; i < n; i++) {
            const REAL yes = a[i], no = b[i]; /* both are read, so that there is no branch */
            y[i] = condition[i] ? yes : no;
        }
    else
        for (int64_t i = 0; i < n; i++)
            y[i] = condition[i * step] ? a[i * step_a] : b[i * step_b];
}

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_binary_context *c = context;
    const gt_broadcast *plan = &c->plan;
    const uint8_t *condition = c->call->input[0].data;
    const REAL *a = c->call->input[1].data, *b = c->call->input[2].data;
    REAL *y = c->call->output[0].data;
    const int64_t *step = plan->step;
    gt_broadcast_cursor at;
    if (plan->rows == 1) { /* cut by elements */
        KERNEL(row)
        (condition + begin * step[0], step[0], a + begin * step[1], step[1], b + begin * step[2], step[2], y + begin,
         end - begin);
        return;
    }
    gt_broadcast_start(plan, begin, 3, &at);
    for (int64_t row = begin; row < end; row++, gt_broadcast_next(plan, 3, &at))
        KERNEL(row)
    (condition + at.offset[0], step[0], a + at.offset[1], step[1], b + at.offset[2], step[2], y + row * plan->length,
     plan->length);
}

#endif
