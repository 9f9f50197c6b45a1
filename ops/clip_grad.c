/* clip_grad: the cotangent of clip: dy where x is from low to high, ends included, else 0; where x is NaN, dy. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/scalar.h"

#define KERNEL_FILE "ops/clip_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_each_element(call, GT_PICK(elements, call->output[0].spec->dtype));
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const gt_range_attributes *range = gt_node_attributes(node);
    if (gt_wants(node, 0)) /* towards x it is zero by nature */
        dx[0] = gt_clip_grad(tape, dy[0], gt_node_input(node, 1), range->low, range->high);
}

static const gt_field fields[] = {GT_REAL(gt_range_attributes, low), GT_REAL(gt_range_attributes, high), {0}};

static const gt_sample samples[] = {
    {.name = "matrix",
     .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)},
     .attributes = &(const gt_range_attributes){-0.5, 1},
     .zero_gradient = 2},
    {.name = "one",
     .inputs = {GT_NORMAL(1), GT_UNIFORM(0, 1, 1)},
     .attributes = &(const gt_range_attributes){-1, 2},
     .zero_gradient = 2},
    {.name = "odd tail",
     .inputs = {GT_NORMAL(131), GT_NORMAL(131)},
     .attributes = &(const gt_range_attributes){-INFINITY, 0},
     .zero_gradient = 2},
    {.name = "empty", .inputs = {GT_NORMAL(0), GT_NORMAL(0)}, .attributes = &(const gt_range_attributes){0, 1}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)},
                                   .attributes = &(const gt_range_attributes){-1, 1}};

const gt_op gt_op_clip_grad = {
    .name = "clip_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_range_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_clip_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double low, double high)
{
    const gt_range_attributes attributes = {low, high};
    return gt_apply(tape, &gt_op_clip_grad, (gt_tensor *[]){dy, x}, 2, &attributes);
}

#else

static void KERNEL(elements)(void *context, int64_t begin, int64_t end)
{
    const gt_call *call = context;
    const gt_range_attributes attributes = *(const gt_range_attributes *)call->attributes;
    const REAL *dy = call->input[0].data, *x = call->input[1].data;
    REAL *dx = call->output[0].data;
    GT_IVDEP
    for (int64_t i = begin; i < end; i++)
        dx[i] = NAMED(gt_clip_grad_value)(dy[i], x[i], &attributes);
}

#endif
