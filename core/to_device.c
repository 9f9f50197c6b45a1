/* to_device: the same values on another device; any dtype. The gradient travels the other way. */
#include "core/builtin.h"

static gt_status infer(const gt_infer *call)
{
    const gt_to_device_attributes *attributes = call->attributes;
    if (attributes->to < 0 || attributes->to >= GT_DEVICES)
        return gt_fail(GT_ERR_DEVICE, "to_device: there is no device %lld", (long long)attributes->to);
    call->output[0] = *call->input[0];
    return gt_device_available((gt_device)attributes->to) ? GT_OK
                                                          : gt_fail(GT_ERR_DEVICE, "to_device: %s", gt_last_error());
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    dx[0] = gt_to_device(tape, dy[0], gt_node_input_device(node, 0));
}

static const gt_field fields[] = {GT_INT(gt_to_device_attributes, to), {0}};

static const gt_to_device_attributes to_itself = {GT_CPU};
static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4)}, .attributes = &to_itself},
    {.name = "scalar", .inputs = {GT_NORMAL_SCALAR}, .attributes = &to_itself},
    {.name = "bytes", .inputs = {GT_BYTE(5, 3)}, .attributes = &to_itself},
    {.name = "empty", .inputs = {GT_NORMAL(0)}, .attributes = &to_itself},
    {0},
};
static const gt_sample workload = {.name = "workload", .inputs = {GT_NORMAL(256, 1024)}, .attributes = &to_itself};

const gt_op gt_op_to_device = {
    .name = "to_device",
    .inputs = 1,
    .outputs = 1,
    .infer = infer,
    .vjp = vjp,
    .transfers = true,
    .attribute_size = sizeof(gt_to_device_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_to_device(gt_tape *tape, gt_tensor *x, gt_device device)
{
    const gt_to_device_attributes attributes = {device};
    return gt_apply(tape, &gt_op_to_device, &x, 1, &attributes);
}
