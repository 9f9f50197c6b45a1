/* The cases that an outside library computed: the rows of torch_cases/manifest.tsv, their settings, their arrays.
 *
 *     case_list cases;
 *     if (!cases_read("conv2d", &cases))
 *         ck_abort_msg("%s", npy_message());
 *     for (size_t i = 0; i < cases.count; i++) {
 *         const case_row *row = &cases.row[i];
 *         const int64_t stride_h = case_integer(row, "stride_h", 1);
 *         npy_array x;
 *         if (!case_load(row, "x", &x))
 *             ck_abort_msg("%s", npy_message());
 *         ...
 *         npy_free(&x);
 *     }
 *     cases_free(&cases);
 */
#ifndef TEST_SUPPORT_CASES_H
#define TEST_SUPPORT_CASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/support/npy.h"

#define CASE_MAX_ATTRIBUTES 16
#define CASE_MAX_ARRAYS     16

/* One case. The texts live in the list it came from. */
typedef struct case_row {
    const char *op;   /* "conv2d" */
    const char *name; /* "case_03" */
    size_t attributes;
    struct {
        const char *key, *value;
    } attribute[CASE_MAX_ATTRIBUTES];
    size_t arrays;
    const char *array[CASE_MAX_ARRAYS]; /* in the manifest's order: inputs, dy, outputs, gradients */
} case_row;

typedef struct case_list {
    case_row *row;
    size_t count;
    char *text; /* what the rows point into */
} case_list;

/* All cases of an op, or of every op for NULL, in the manifest's order. An op without cases is a failure: a loop over
 * none would pass. On failure the list is empty and npy_message() says why. */
bool cases_read(const char *op, case_list *out);
void cases_free(case_list *list);

/* One setting; `fallback` if the row has none of that name. A value that is no integer or number fails the running
 * test. */
int64_t case_integer(const case_row *row, const char *key, int64_t fallback);
double case_number(const case_row *row, const char *key, double fallback);
const char *case_text(const case_row *row, const char *key, const char *fallback);

/* Whether the case has this array: "dfilter". */
bool case_has(const case_row *row, const char *array);

/* Loads one array of the case, to be freed with npy_free; npy_message() after a failure. */
bool case_load(const case_row *row, const char *array, npy_array *out);

#endif
