/* extremum_pick: the reverse of extremum_grad: takes g where x has its first greatest (or least) element over some
 * axes. Inputs (g, x), of one shape. Linear in g; towards x it is zero almost everywhere. */
#include "ops/extremum.h"
#include "ops/grads.h"

static gt_status infer(const gt_infer *call)
{
    const gt_extremum_attributes *attributes = call->attributes;
    const gt_shape *x = &call->input[1]->shape;
    gt_status status = gt_infer_like_first(call);
    if (status == GT_OK)
        status = gt_need_axes(call, x, attributes->axes);
    if (status == GT_OK && gt_reduce_count(x, attributes->axes) == 0)
        status = gt_fail(GT_ERR_SHAPE, "extremum_pick: an axis of size 0 is reduced, of %s", gt_shape_text(x).text);
    call->output[0] = (gt_spec){call->input[0]->dtype, gt_reduce_shape(x, attributes->axes, attributes->keepdims)};
    return status;
}

static gt_status forward(const gt_call *call)
{
    const gt_extremum_attributes *attributes = call->attributes;
    return gt_extremum_pick_of(call, 1, attributes->axes, attributes->minimum);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_extremum_attributes *attributes = gt_node_attributes(node);
    if (gt_wants(node, 0))
        dx[0] = gt_extremum_grad(tape, dy[0], gt_node_input(node, 1), attributes->axes, attributes->keepdims,
                                 attributes->minimum);
}

static const gt_sample samples[] = {
    {.name = "max of all",
     .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)},
     .attributes = &(const gt_extremum_attributes){3, 0, 0},
     .zero_gradient = 2},
    {.name = "max of columns, kept",
     .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)},
     .attributes = &(const gt_extremum_attributes){2, 1, 0},
     .zero_gradient = 2},
    {.name = "min of rows",
     .inputs = {GT_NORMAL(2, 3, 4), GT_NORMAL(2, 3, 4)},
     .attributes = &(const gt_extremum_attributes){1, 0, 1},
     .zero_gradient = 2},
    {.name = "ties",
     .inputs = {GT_NORMAL(2, 3), GT_VALUE(1.5, 2, 3)},
     .attributes = &(const gt_extremum_attributes){2, 0, 0},
     .forward_only = true},
    {.name = "no entries",
     .inputs = {GT_NORMAL(0, 3), GT_NORMAL(0, 3)},
     .attributes = &(const gt_extremum_attributes){2, 0, 0}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)},
                                   .attributes = &(const gt_extremum_attributes){2, 0, 0}};

const gt_op gt_op_extremum_pick = {
    .name = "extremum_pick",
    .inputs = 2,
    .outputs = 1,
    .infer = infer,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_extremum_attributes),
    .fields = gt_extremum_fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_extremum_pick(gt_tape *tape, gt_tensor *g, gt_tensor *x, int64_t axes, int64_t keepdims, bool minimum)
{
    const gt_extremum_attributes attributes = {axes, keepdims, minimum};
    return gt_apply(tape, &gt_op_extremum_pick, (gt_tensor *[]){g, x}, 2, &attributes);
}
