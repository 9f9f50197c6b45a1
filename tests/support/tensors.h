/* Small helpers of suites that make tensors and compare them: float64 vectors from a list, and printed text. */
#ifndef GT_TESTS_TENSORS_H
#define GT_TESTS_TENSORS_H

#include <check.h>
#include <string.h>

#include "core/tensor.h"

#define COUNT_OF(...) ((int64_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))

/* A float64 vector of these numbers, the caller's. */
#define VECTOR(...) gt_tensor_from(GT_FLOAT64, GT_SHAPE(COUNT_OF(__VA_ARGS__)), (const double[]){__VA_ARGS__})
/* The same, trainable. */
#define PARAMETER(name, ...)                                                                                           \
    gt_parameter_from(name, GT_FLOAT64, GT_SHAPE(COUNT_OF(__VA_ARGS__)), (const double[]){__VA_ARGS__})

/* Fails unless the tensor has exactly these values, in row-major order. */
#define ck_assert_values(tensor, ...)                                                                                  \
    check_values(tensor, COUNT_OF(__VA_ARGS__), (const double[]){__VA_ARGS__}, #tensor)

static inline void check_values(const gt_tensor *tensor, int64_t count, const double *expected, const char *name)
{
    ck_assert_msg(tensor != NULL, "%s is NULL: %s", name, gt_last_error());
    ck_assert_msg(gt_tensor_size(tensor) == count, "%s has %lld elements, %lld expected", name,
                  (long long)gt_tensor_size(tensor), (long long)count);
    for (int64_t i = 0; i < count; i++)
        ck_assert_msg(gt_tensor_at(tensor, i) == expected[i], "%s[%lld] is %.17g, %.17g expected", name, (long long)i,
                      gt_tensor_at(tensor, i), expected[i]);
}

/* Fails unless `text` has `part` in it. */
#define ck_assert_contains(text, part) ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in: %s", part, text)

/* What was printed. */
typedef struct printed {
    size_t length;
    char text[16384];
} printed;

static inline void print_into(void *context, const char *text, size_t length)
{
    printed *p = context;
    ck_assert_uint_lt(p->length + length, sizeof p->text);
    memcpy(p->text + p->length, text, length);
    p->length += length;
    p->text[p->length] = '\0';
}

#endif
