/* Runs an op on a case of torch_cases and compares y and every gradient, in float64 and float32. On the tape of
 * tests/support/tapes.h.
 *
 *     static gt_tensor *run(const case_row *row, gt_tensor *const inputs[])
 *     {
 *         return gt_softmax(tape, inputs[0], (int)case_integer(row, "axis", -1));
 *     }
 *
 *     START_TEST(agrees_with_torch)
 *     {
 *         torch_expect("softmax", _i, (const char *const[]){"x", NULL}, run, 1e-10);
 *     }
 *     END_TEST
 *
 *     LOOP_TEST(agrees_with_torch, torch_count("softmax")) */
#ifndef TEST_SUPPORT_TORCH_H
#define TEST_SUPPORT_TORCH_H

#include "ops/ops.h"
#include "tests/support/cases.h"

/* How many cases an op has; 0, which fails the loop, if they cannot be read. */
int torch_count(const char *op);

/* `names` are the input arrays, ended by NULL. "labels" of a case with labels=sparse are int32. A relative tolerance
 * for float64, absolute below 1; float32 is held to 4e-6 times the largest expected entry. */
typedef gt_tensor *torch_run(const case_row *row, gt_tensor *const inputs[]);
void torch_expect(const char *op, int index, const char *const names[], torch_run *run, double tolerance);

/* The padding a case of convolution or pooling names. */
gt_padding torch_padding(const case_row *row);

#endif
