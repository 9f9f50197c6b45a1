/* sgd_update: w -= rate g. */
#ifndef REAL

#include "ops/updates.h"

#define KERNEL_FILE "ops/sgd_update.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_update_each(call, GT_PICK(elements, call->input[0].spec->dtype));
}

static const gt_sgd_attributes settings = {0.1};

static const gt_field fields[] = {
    GT_REAL(gt_sgd_attributes, learning_rate),
    {0},
};

static const gt_sample samples[] = {
    {.name = "matrix", .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4)}, .attributes = &settings},
    {.name = "one element", .inputs = {GT_NORMAL(1), GT_NORMAL(1)}, .attributes = &settings},
    {.name = "odd tail", .inputs = {GT_NORMAL(131), GT_NORMAL(131)}, .attributes = &settings},
    {.name = "empty", .inputs = {GT_NORMAL(0, 3), GT_NORMAL(0, 3)}, .attributes = &settings},
    {0},
};
static const gt_sample workload = {
    .name = "workload", .inputs = {GT_NORMAL(784, 398), GT_NORMAL(784, 398)}, .attributes = &settings};

const gt_op gt_op_sgd_update = {
    .name = "sgd_update",
    .inputs = 2,
    .outputs = 0,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .writes = GT_INPUT(0),
    .attribute_size = sizeof(gt_sgd_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

#else

static void KERNEL(elements)(void *opaque, int64_t begin, int64_t end)
{
    const gt_call *call = opaque;
    const gt_sgd_attributes attributes = *(const gt_sgd_attributes *)call->attributes;
    const REAL *gradient = call->input[1].data;
    REAL *weight = call->input[0].data;
    GT_IVDEP
    for (int64_t i = begin; i < end; i++)
        weight[i] = NAMED(gt_sgd_step)(weight[i], gradient[i], &attributes);
}

#endif
