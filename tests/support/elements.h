/* Short vectors in a test's line, on the tape of tests/support/tapes.h:
 *
 *     gt_tensor *x = VARIABLE(-1, 0, 1);
 *     EXPECT(gt_relu(tape, x), 0, 0, 1); */
#ifndef TEST_SUPPORT_ELEMENTS_H
#define TEST_SUPPORT_ELEMENTS_H

#include <check.h>
#include <math.h>

#include "tests/support/tapes.h"

#define COUNT(...)          ((int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))
#define VARIABLE(...)       variable(GT_SHAPE(COUNT(__VA_ARGS__)), VALUES(__VA_ARGS__)) /* watched, float64 */
#define FLOATS(...)         constant(GT_FLOAT32, GT_SHAPE(COUNT(__VA_ARGS__)), VALUES(__VA_ARGS__))
#define INTEGERS(...)       constant(GT_INT32, GT_SHAPE(COUNT(__VA_ARGS__)), VALUES(__VA_ARGS__))
#define BYTES(...)          constant(GT_UINT8, GT_SHAPE(COUNT(__VA_ARGS__)), VALUES(__VA_ARGS__))
#define SCALAR(value)       constant(GT_FLOAT64, GT_SCALAR, VALUES(value))
/* The elements, row by row, whatever the shape. */
#define EXPECT(t, ...)      expect_elements(t, #t, COUNT(__VA_ARGS__), VALUES(__VA_ARGS__), 0)
/* Within a few units in the last place of a double. */
#define EXPECT_NEAR(t, ...) expect_elements(t, #t, COUNT(__VA_ARGS__), VALUES(__VA_ARGS__), 1e-14)

static inline void expect_elements(const gt_tensor *tensor, const char *what, int64_t n, const double *values,
                                   double tolerance)
{
    ck_assert_msg(tensor != NULL, "%s is NULL: %s", what, gt_tape_message(tape));
    ck_assert_int_eq(gt_tensor_size(tensor), n);
    for (int64_t i = 0; i < n; i++) {
        double value = gt_tensor_at(tensor, i), bound = tolerance * (1 + fabs(values[i]));
        bool same = isnan(values[i]) ? isnan(value) : value == values[i] || fabs(value - values[i]) <= bound;
        ck_assert_msg(same, "%s, element %lld: %.17g, expected %.17g", what, (long long)i, value, values[i]);
    }
}

/* d target / d source; NULL for a structural zero. */
static inline gt_tensor *gradient_or_null(gt_tensor *target, gt_tensor *source)
{
    gt_tensor *result = NULL;
    ck_assert_msg(gt_tape_gradient(tape, target, 1, &source, &result) == GT_OK, "%s", gt_tape_message(tape));
    return result;
}

#endif
