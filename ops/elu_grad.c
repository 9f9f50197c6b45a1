/* elu_grad: the cotangent of elu: dy where x is above 0, else alpha e^x dy; where x is NaN, dy. */
#ifndef REAL

#include "core/elementwise.h"
#include "ops/grads.h"
#include "ops/ops.h"
#include "ops/scalar.h"

#define KERNEL_FILE "ops/elu_grad.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_each_element(call, GT_PICK(elements, call->output[0].spec->dtype));
}

/* alpha e^x where x is not above 0. */
static gt_tensor *second_derivative(gt_tape *tape, gt_tensor *x, double alpha)
{
    gt_tensor *zero = gt_fill(tape, gt_tensor_dtype(x), GT_SCALAR, 0);
    gt_tensor *slope = gt_scale(tape, gt_exp(tape, gt_minimum(tape, x, zero)), alpha);
    return gt_where(tape, gt_greater(tape, x, zero), zero, slope);
}

static void vjp(gt_tape *tape, const gt_node *node, gt_tensor *const dy[], gt_tensor *dx[])
{
    const double alpha = ((const gt_factor_attributes *)gt_node_attributes(node))->factor;
    gt_tensor *x = gt_node_input(node, 1);
    if (gt_wants(node, 0))
        dx[0] = gt_elu_grad(tape, dy[0], x, alpha);
    if (gt_wants(node, 1))
        dx[1] = gt_mul_no_nan(tape, second_derivative(tape, x, alpha),
                              gt_mul_no_nan_grad(tape, dy[0], gt_node_input(node, 0)));
}

static const gt_field fields[] = {GT_REAL(gt_factor_attributes, factor), {0}};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}, .attributes = &(const gt_factor_attributes){0.3}},
    {.name = "one", .inputs = {GT_NORMAL(1), GT_UNIFORM(-1, -0.5, 1)}, .attributes = &(const gt_factor_attributes){1}},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}, .attributes = &(const gt_factor_attributes){-0.5}},
    {.name = "empty", .inputs = {GT_NORMAL(0), GT_NORMAL(0)}, .attributes = &(const gt_factor_attributes){0.3}},
    {0},
};
static const gt_sample workload = {.name = "workload",
                                   .inputs = {GT_NORMAL(256, 1024), GT_NORMAL(256, 1024)},
                                   .attributes = &(const gt_factor_attributes){0.3}};

const gt_op gt_op_elu_grad = {
    .name = "elu_grad",
    .inputs = 2,
    .outputs = 1,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .vjp = vjp,
    .keeps = GT_KEEPS_INPUT(0) | GT_KEEPS_INPUT(1),
    .attribute_size = sizeof(gt_factor_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

gt_tensor *gt_elu_grad(gt_tape *tape, gt_tensor *dy, gt_tensor *x, double alpha)
{
    const gt_factor_attributes attributes = {alpha};
    return gt_apply(tape, &gt_op_elu_grad, (gt_tensor *[]){dy, x}, 2, &attributes);
}

#else

static void KERNEL(elements)(void *context, int64_t begin, int64_t end)
{
    const gt_call *call = context;
    const gt_factor_attributes attributes = *(const gt_factor_attributes *)call->attributes;
    const REAL *dy = call->input[0].data, *x = call->input[1].data;
    REAL *dx = call->output[0].data;
    GT_IVDEP
    for (int64_t i = begin; i < end; i++)
        dx[i] = NAMED(gt_elu_grad_value)(dy[i], x[i], &attributes);
}

#endif
