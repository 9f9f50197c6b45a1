/* broadcast_to: stretches axes of size 1, and adds leading ones, as NumPy does. */
#ifndef REAL

#include "core/broadcast.h"
#include <string.h>

#include "core/builtin.h"
#include "core/elementwise.h"

static gt_status infer(const gt_infer *call)
{
    const gt_shape *shape = &((const gt_shape_attributes *)call->attributes)->shape;
    gt_status status = gt_need_real(call, 0);
    if (status == GT_OK)
        status = gt_shape_check("broadcast_to", call->input[0]->dtype, shape);
    gt_shape result;
    if (status == GT_OK)
        status = gt_shape_broadcast("broadcast_to", &call->input[0]->shape, shape, &result);
    if (status == GT_OK && !gt_shape_equal(&result, shape))
        status = gt_fail(GT_ERR_SHAPE, "broadcast_to: %s does not stretch to %s",
                         gt_shape_text(&call->input[0]->shape).text, gt_shape_text(shape).text);
    call->output[0] = (gt_spec){call->input[0]->dtype, *shape};
    return status;
}

#define KERNEL_FILE "core/broadcast_to.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    gt_binary_context context = {.call = call};
    const gt_shape *shape = &call->input[0].spec->shape;
    gt_broadcast_plan(&context.plan, &call->output[0].spec->shape, 1, &shape);
    if (context.plan.length == 0) /* any number of rows without an entry */
        return GT_OK;
    gt_parallel(context.plan.rows, gt_row_grain(context.plan.length), GT_PICK(rows, call->input[0].spec->dtype),
                &context);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_sum_to(tape, dy[0], &gt_node_input_spec(node, 0)->shape);
}

static const gt_field fields[] = {GT_DIMS(gt_shape_attributes, shape), {0}};

static const gt_sample samples[] = {
    {.name = "row", .inputs = {GT_NORMAL(4)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(3, 4)}},
    {.name = "column", .inputs = {GT_NORMAL(3, 1)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(3, 4)}},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(2, 3)}},
    {.name = "inner and outer",
     .inputs = {GT_NORMAL(2, 1, 3, 1)},
     .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(2, 4, 3, 5)}},
    {.name = "empty", .inputs = {GT_NORMAL(1, 3)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(0, 3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(1024)},
                                   .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(256, 1024)}};

const gt_op gt_op_broadcast_to = {
    .name = "broadcast_to",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .attribute_size = sizeof(gt_shape_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_broadcast_to(gt_tape *tape, gt_tensor *x, gt_shape shape)
{
    const gt_shape_attributes attributes = {shape};
    return gt_apply(tape, &gt_op_broadcast_to, &x, 1, &attributes);
}

#else

static void KERNEL(rows)(void *context, int64_t begin, int64_t end)
{
    const gt_binary_context *c = context;
    const gt_broadcast *plan = &c->plan;
    const REAL *x = c->call->input[0].data;
    gt_broadcast_cursor at;
    gt_broadcast_start(plan, begin, 1, &at);
    for (int64_t row = begin; row < end; row++, gt_broadcast_next(plan, 1, &at)) {
        const REAL *from = x + at.offset[0];
        REAL *restrict y = (REAL *)c->call->output[0].data + row * plan->length;
        if (plan->step[0] == 1)
            memcpy(y, from, (size_t)plan->length * sizeof(REAL));
        else
            for (int64_t i = 0; i < plan->length; i++)
                y[i] = *from;
    }
}

#endif
