/* A tape for each test, and tensors that are freed with it:
 *
 *     START_TEST(sum_of_rows)
 *     {
 *         gt_tensor *x = variable(GT_SHAPE(2, 2), VALUES(1, 2, 3, 4));
 *         expect(gt_sum(tape, x, &(gt_axes){1, {0}, false}), GT_SHAPE(2), VALUES(4, 6), 0);
 *     }
 *     END_TEST
 *
 *     run_suite_with("reductions", open_tape, close_tape, tests); */
#ifndef TEST_SUPPORT_TAPES_H
#define TEST_SUPPORT_TAPES_H

#include "core/tape.h"

#define VALUES(...) ((const double[]){__VA_ARGS__})

/* Persistent, and recording. */
extern gt_tape *tape;
void open_tape(void);
void close_tape(void);

/* Freed by close_tape. Fails the test for NULL, with the message. */
gt_tensor *own(gt_tensor *tensor);

/* A new tensor, its values converted from double; `variable`: float64, and watched. */
gt_tensor *constant(gt_dtype dtype, gt_shape shape, const double *values);
gt_tensor *variable(gt_shape shape, const double *values);
/* Standard normal numbers. */
gt_tensor *random_tensor(gt_dtype dtype, gt_shape shape, uint64_t seed);
/* An array of a folder beside the tests: from_case("seed_cases/gather_rows", "m", GT_FLOAT64). */
gt_tensor *from_case(const char *folder, const char *array, gt_dtype dtype);

/* Fails the test unless the tensor has this shape and these values, up to the tolerance; NaN equals NaN. */
void expect(const gt_tensor *tensor, gt_shape shape, const double *values, double tolerance);
/* The same against an array of a case; its shape is not compared where it is a scalar stored as (1). */
void expect_case(const gt_tensor *tensor, const char *folder, const char *array, double tolerance);
/* Fails the test unless the result is NULL, and the tape's status and message are these; then resets the tape and
 * records again. */
void expect_error(const gt_tensor *result, gt_status status, const char *part_of_message);

/* d target / d source, which must exist. */
gt_tensor *gradient(gt_tensor *target, gt_tensor *source);

#endif
