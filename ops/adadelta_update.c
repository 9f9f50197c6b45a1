/* adadelta_update: v = rho v + (1 - rho) g^2; d = sqrt(u + epsilon) / sqrt(v + epsilon) g; u = rho u + (1 - rho) d^2;
 * w -= rate d. Zeiler, ADADELTA, arXiv:1212.5701, where rate is 1. */
#ifndef REAL

#include "ops/updates.h"

#define KERNEL_FILE "ops/adadelta_update.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_update_each(call, GT_PICK(elements, call->input[0].spec->dtype));
}

static const gt_adadelta_attributes settings = {0.5, 0.95, 1e-7};

static const gt_field fields[] = {
    GT_REAL(gt_adadelta_attributes, learning_rate),
    GT_REAL(gt_adadelta_attributes, rho),
    GT_REAL(gt_adadelta_attributes, epsilon),
    {0},
};

static const gt_sample samples[] = {
    {.name = "matrix",
     .inputs = {GT_NORMAL(3, 4), GT_UNIFORM(0, 1, 3, 4), GT_UNIFORM(0, 1, 3, 4), GT_NORMAL(3, 4)},
     .attributes = &settings},
    {.name = "one element",
     .inputs = {GT_NORMAL(1), GT_UNIFORM(0, 1, 1), GT_UNIFORM(0, 1, 1), GT_NORMAL(1)},
     .attributes = &settings},
    {.name = "odd tail",
     .inputs = {GT_NORMAL(131), GT_UNIFORM(0, 1, 131), GT_UNIFORM(0, 1, 131), GT_NORMAL(131)},
     .attributes = &settings},
    {.name = "empty",
     .inputs = {GT_NORMAL(0, 3), GT_UNIFORM(0, 1, 0, 3), GT_UNIFORM(0, 1, 0, 3), GT_NORMAL(0, 3)},
     .attributes = &settings},
    {0},
};
static const gt_sample workload = {
    .name = "workload",
    .inputs = {GT_NORMAL(784, 398), GT_UNIFORM(0, 1, 784, 398), GT_UNIFORM(0, 1, 784, 398), GT_NORMAL(784, 398)},
    .attributes = &settings};

const gt_op gt_op_adadelta_update = {
    .name = "adadelta_update",
    .inputs = 4,
    .outputs = 0,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .writes = GT_INPUT(0) | GT_INPUT(1) | GT_INPUT(2),
    .attribute_size = sizeof(gt_adadelta_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

#else

static void KERNEL(elements)(void *opaque, int64_t begin, int64_t end)
{
    const gt_call *call = opaque;
    const gt_adadelta_attributes attributes = *(const gt_adadelta_attributes *)call->attributes;
    const REAL *gradient = call->input[3].data;
    REAL *weight = call->input[0].data, *mean_square = call->input[1].data, *mean_square_step = call->input[2].data;
    GT_IVDEP
    for (int64_t i = begin; i < end; i++)
        weight[i] = NAMED(gt_adadelta_step)(weight[i], &mean_square[i], &mean_square_step[i], gradient[i], &attributes);
}

#endif
