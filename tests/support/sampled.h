/* An op run at one of its samples, on any device, and what that must agree with. */
#ifndef TEST_SUPPORT_SAMPLED_H
#define TEST_SUPPORT_SAMPLED_H

#include "core/gradcheck.h"

/* What the op was run on, and gave; all on the CPU. */
typedef struct sampled {
    int inputs, outputs;
    gt_tensor *input[GT_SAMPLE_INPUTS];
    gt_tensor *output[GT_MAX_OUTPUTS]; /* of the tape; for an op that writes, none */
    gt_tape *tape;
} sampled;

int sample_count(const gt_op *op);

/* Fails the running test if the op does. */
void sampled_run(gt_device device, const gt_op *op, const gt_sample *sample, gt_dtype dtype, sampled *s);
void sampled_free(sampled *s);

/* Outputs, or the inputs that the op writes, are tests/reference's, to `unit` of their size and of the largest one. */
void sampled_agrees_with_reference(gt_device device, const gt_op *op, const gt_sample *sample, gt_dtype dtype,
                                   double unit);
/* One run's are another's. */
void sampled_agree(const gt_op *op, const gt_sample *sample, const char *what, const sampled *s,
                   const sampled *expected, double unit);
/* At least one sample of a differentiable op can be checked by differences, and every one that can be passes. */
void sampled_gradients_agree(gt_device device, const gt_op *op, int order);

#endif
