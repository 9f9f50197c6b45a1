/* Gradients against numerical differentiation, in float64, by central differences with h = 1e-5.
 *
 * Random cotangents weight the outputs. An entry passes if |analytic - numeric| <= 1e-8 + 1e-6 max(|a|, |n|). An entry
 * that fails where the slopes left and right of x disagree (a kink: relu at 0, a tie of max; smaller steps tell it from
 * mere curvature) is skipped and counted; a check fails if no non-zero entry was compared or more than 10 % were
 * skipped. Also checked: the sweep run twice gives the same bits, and the gradient is linear in the cotangent. Method:
 * PyTorch's gradcheck and gradgradcheck. */
#ifndef GT_GRADCHECK_H
#define GT_GRADCHECK_H

#include "op.h"

GT_PUBLIC_BEGIN

/* What was done, and the first failure. */
typedef struct gt_gradcheck_report {
    int64_t compared;  /* entries of gradients compared, over all inputs */
    int64_t zero;      /* of these, exactly zero both ways */
    int64_t skipped;   /* at kinks */
    double worst;      /* the largest |a - n| / (1e-8 + 1e-6 max(|a|, |n|)); above 1 is a failure */
    char message[384]; /* "" if it passed; else op, sample, entry, both values */
} gt_gradcheck_report;

/* The function to check: builds `outputs` from `inputs` by ops on the tape. Called many times; must be deterministic.
 */
typedef struct gt_function {
    const char *name;
    int outputs; /* 1 to GT_MAX_INPUTS */
    gt_status (*run)(gt_tape *tape, gt_tensor *const inputs[], gt_tensor *outputs[], void *context);
    void *context;
} gt_function;

typedef struct gt_gradcheck_options {
    int order;         /* 1, or 2: the gradient's own gradient, with the cotangents as further inputs; 0 means 1 */
    uint64_t seed;     /* of the cotangents */
    uint64_t constant; /* bit i: input i is not differentiated (float inputs are, by default) */
    uint64_t zero;     /* bit i: input i's gradient is zero by nature */
    gt_device device;  /* where the function runs; inputs and differences stay on the CPU, values are copied */
} gt_gradcheck_options;

/* Checks `function` at 1 to GT_MAX_INPUTS `inputs` (float64, or integer constants; written and restored). NULL options:
 * the defaults; the report may be NULL. GT_OK if it passed; GT_ERR_GRADIENT, with the message in the report, if a
 * gradient is wrong; another status, with a message there too, if it could not be run. */
gt_status gt_gradcheck(const gt_function *function, int count, gt_tensor *const inputs[],
                       const gt_gradcheck_options *options, gt_gradcheck_report *report);

/* Checks one sample of an op, order 1 or 2. GT_ERR_UNSUPPORTED for an op without a vjp or a sample that has no
 * gradient to check (size 0, forward only, integer). */
gt_status gt_gradcheck_sample(const gt_op *op, const gt_sample *sample, int order, gt_gradcheck_report *report);
/* The same of the op's kernels for a device. */
gt_status gt_gradcheck_sample_on(gt_device device, const gt_op *op, const gt_sample *sample, int order,
                                 gt_gradcheck_report *report);

/* The inputs of a sample as new tensors (the caller's): floats in `dtype`, the same numbers for float32 and float64.
 * Returns how many there are, or -1 with the message set. */
int gt_sample_inputs(const gt_sample *sample, gt_dtype dtype, uint64_t seed, gt_tensor *inputs[GT_SAMPLE_INPUTS]);

GT_PUBLIC_END

#endif
