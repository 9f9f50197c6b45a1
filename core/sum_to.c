/* sum_to: the reverse of broadcast_to: sums over the axes along which a shape was stretched. */
#include "core/builtin.h"
#include "core/reduction.h"

static gt_status infer(const gt_infer *call)
{
    const gt_shape *shape = &((const gt_shape_attributes *)call->attributes)->shape;
    gt_status status = gt_need_real(call, 0);
    gt_shape result;
    if (status == GT_OK)
        status = gt_shape_check("sum_to", call->input[0]->dtype, shape);
    if (status == GT_OK)
        status = gt_shape_broadcast("sum_to", shape, &call->input[0]->shape, &result);
    if (status == GT_OK && !gt_shape_equal(&result, &call->input[0]->shape))
        status = gt_fail(GT_ERR_SHAPE, "sum_to: %s was not stretched from %s",
                         gt_shape_text(&call->input[0]->shape).text, gt_shape_text(shape).text);
    call->output[0] = (gt_spec){call->input[0]->dtype, *shape};
    return status;
}

static gt_status forward(const gt_call *call)
{
    const gt_shape *shape = &call->input[0].spec->shape;
    gt_reduction plan;
    gt_reduction_plan(&plan, shape, gt_stretched_axes(shape, &call->output[0].spec->shape));
    gt_reduce_sum(&plan, call->input[0].spec->dtype, call->input[0].data, call->output[0].data, 1);
    return GT_OK;
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_broadcast_to(tape, dy[0], gt_node_input_spec(node, 0)->shape);
}

static const gt_field fields[] = {GT_DIMS(gt_shape_attributes, shape), {0}};

static const gt_sample samples[] = {
    {.name = "rows", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(4)}},
    {.name = "columns", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(3, 1)}},
    {.name = "all", .inputs = {GT_NORMAL(3, 4)}, .attributes = &(const gt_shape_attributes){{0, {0}}}},
    {.name = "inner and outer",
     .inputs = {GT_NORMAL(2, 4, 3, 5)},
     .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(2, 1, 3, 1)}},
    {.name = "many rows",
     .inputs = {GT_NORMAL(300, 3)},
     .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(1, 3)}},
    {.name = "of nothing", .inputs = {GT_NORMAL(0, 3)}, .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(3)}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(64, 24, 24, 32)},
                                   .attributes = &(const gt_shape_attributes){GT_DIMENSIONS(32)}};

const gt_op gt_op_sum_to = {
    .name = "sum_to",
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

gt_tensor *gt_sum_to(gt_tape *tape, gt_tensor *x, const gt_shape *shape)
{
    if (x && gt_tensor_rank(x) == shape->rank) {
        const gt_shape own = gt_tensor_shape(x);
        if (gt_shape_equal(&own, shape))
            return x;
    }
    const gt_shape_attributes attributes = {*shape};
    return gt_apply(tape, &gt_op_sum_to, &x, 1, &attributes);
}
