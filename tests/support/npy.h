/* Arrays from NPY files, for tests: every element type becomes double, every order row-major. */
#ifndef TEST_SUPPORT_NPY_H
#define TEST_SUPPORT_NPY_H

#include <stdbool.h>
#include <stdint.h>

#define NPY_MAX_RANK 8

typedef struct npy_array {
    int rank;                  /* 0 for a scalar */
    int64_t dim[NPY_MAX_RANK]; /* dim[rank..] is 0 */
    double *values;            /* row-major; never NULL after a read, also where an axis is 0 */
    int64_t count;             /* the product of all axes */
} npy_array;

/* Reads little-endian float64, float32, int32, int64, uint8 or bool, in C or Fortran order, headers 1.0 to 3.0. On
 * failure `out` is empty and npy_message() says why; npy_free is then allowed, but not needed. An int64 that a double
 * cannot hold is a failure, and so are bytes after the last entry. */
bool npy_read(const char *path, npy_array *out);

/* npy_read of one array beside the tests: npy_case("seed_cases/dense_single", "X", &x). */
bool npy_case(const char *folder, const char *array, npy_array *out);

/* Frees the values and empties the array. */
void npy_free(npy_array *array);

/* The calling thread's last failure, with the path: for ck_abort_msg("%s", npy_message()). */
const char *npy_message(void);

/* Sets that message to "path: text" and returns false; for other readers of test files. */
bool npy_fail(const char *path, const char *text, ...) __attribute__((format(printf, 2, 3)));

#endif
