/* adam_update: m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= rate (m / correction1) / (sqrt(v / correction2) + epsilon). Kingma and Ba, ICLR 2015.
 * With a weight decay, w -= rate decay w beside it: Loshchilov and Hutter, ICLR 2019. Without one, w is multiplied by 1
 * in the same instruction that takes the step: an op of AdamW's own would save nothing. */
#ifndef REAL

#include "ops/updates.h"

#define KERNEL_FILE "ops/adam_update.c"
#include "core/kernels.h"

static gt_status forward(const gt_call *call)
{
    return gt_update_each(call, GT_PICK(elements, call->input[0].spec->dtype));
}

static const gt_adam_attributes settings = {0.001, 0.9, 0.999, 1e-7, 0.19, 0.001999, 0};

static const gt_field fields[] = {
    GT_REAL(gt_adam_attributes, learning_rate), GT_REAL(gt_adam_attributes, beta1),
    GT_REAL(gt_adam_attributes, beta2),         GT_REAL(gt_adam_attributes, epsilon),
    GT_REAL(gt_adam_attributes, correction1),   GT_REAL(gt_adam_attributes, correction2),
    GT_REAL(gt_adam_attributes, weight_decay),  {0},
};

static const gt_sample samples[] = {
    {.name = "matrix",
     .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4), GT_UNIFORM(0, 1, 3, 4), GT_NORMAL(3, 4)},
     .attributes = &settings},
    {.name = "one element",
     .inputs = {GT_NORMAL(1), GT_NORMAL(1), GT_UNIFORM(0, 1, 1), GT_NORMAL(1)},
     .attributes = &settings},
    {.name = "odd tail",
     .inputs = {GT_NORMAL(131), GT_NORMAL(131), GT_UNIFORM(0, 1, 131), GT_NORMAL(131)},
     .attributes = &settings},
    {.name = "empty",
     .inputs = {GT_NORMAL(0, 3), GT_NORMAL(0, 3), GT_UNIFORM(0, 1, 0, 3), GT_NORMAL(0, 3)},
     .attributes = &settings},
    {.name = "weight decay",
     .inputs = {GT_NORMAL(3, 4), GT_NORMAL(3, 4), GT_UNIFORM(0, 1, 3, 4), GT_NORMAL(3, 4)},
     .attributes = &(const gt_adam_attributes){0.001, 0.9, 0.999, 1e-7, 0.19, 0.001999, 50}},
    {0},
};
static const gt_sample workload = {
    .name = "workload",
    .inputs = {GT_NORMAL(784, 398), GT_NORMAL(784, 398), GT_UNIFORM(0, 1, 784, 398), GT_NORMAL(784, 398)},
    .attributes = &settings};

const gt_op gt_op_adam_update = {
    .name = "adam_update",
    .inputs = 4,
    .outputs = 0,
    .infer = gt_infer_like_first,
    .kernel = forward,
    .writes = GT_INPUT(0) | GT_INPUT(1) | GT_INPUT(2),
    .attribute_size = sizeof(gt_adam_attributes),
    .fields = fields,
    .samples = samples,
    .workload = &workload,
    .slot = GT_SLOT,
};

#else

static void KERNEL(elements)(void *opaque, int64_t begin, int64_t end)
{
    const gt_call *call = opaque;
    const gt_adam_attributes attributes = *(const gt_adam_attributes *)call->attributes;
    const REAL *gradient = call->input[3].data;
    REAL *weight = call->input[0].data, *mean = call->input[1].data, *mean_square = call->input[2].data;
    GT_IVDEP
    for (int64_t i = begin; i < end; i++)
        weight[i] = NAMED(gt_adam_step)(weight[i], &mean[i], &mean_square[i], gradient[i], &attributes);
}

#endif
