/* A tape for each test, and tensors that are freed with it. */
#include "tests/support/tapes.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "tests/support/npy.h"

enum { MOST_OWNED = 256 };
static gt_tensor *owned[MOST_OWNED];
static int owned_count;

gt_tape *tape;

void open_tape(void)
{
    tape = gt_tape_new_with(&(gt_tape_options){.persistent = true, .seed = 1});
    ck_assert_ptr_nonnull(tape);
    gt_tape_begin(tape);
}

void close_tape(void)
{
    gt_tape_free(tape);
    tape = NULL;
    while (owned_count > 0)
        gt_tensor_free(owned[--owned_count]);
}

gt_tensor *own(gt_tensor *tensor)
{
    ck_assert_msg(tensor && owned_count < MOST_OWNED, "%s", gt_last_error());
    return owned[owned_count++] = tensor;
}

gt_tensor *constant(gt_dtype dtype, gt_shape shape, const double *values)
{
    gt_tensor *tensor = own(gt_tensor_new(dtype, shape));
    void *data = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++)
        switch (dtype) {
        case GT_FLOAT32:
            ((float *)data)[i] = (float)values[i];
            break;
        case GT_FLOAT64:
            ((double *)data)[i] = values[i];
            break;
        case GT_INT32:
            ((int32_t *)data)[i] = (int32_t)values[i];
            break;
        case GT_UINT8:
            ((uint8_t *)data)[i] = (uint8_t)values[i];
            break;
        }
    return tensor;
}

gt_tensor *variable(gt_shape shape, const double *values)
{
    gt_tensor *tensor = constant(GT_FLOAT64, shape, values);
    ck_assert_int_eq(gt_tape_watch(tape, tensor), GT_OK);
    return tensor;
}

gt_tensor *random_tensor(gt_dtype dtype, gt_shape shape, uint64_t seed)
{
    gt_tensor *tensor = own(gt_tensor_new(dtype, shape));
    gt_random random = gt_random_new(seed, 0);
    gt_random_normal(&random, dtype, gt_tensor_size(tensor), 0, 1, gt_tensor_data_write(tensor));
    return tensor;
}

static npy_array read_case(const char *folder, const char *array)
{
    npy_array read;
    if (!npy_case(folder, array, &read))
        ck_abort_msg("%s", npy_message());
    return read;
}

gt_tensor *from_case(const char *folder, const char *array, gt_dtype dtype)
{
    npy_array read = read_case(folder, array);
    gt_tensor *tensor = constant(dtype, gt_shape_of(read.rank, read.dim), read.values);
    npy_free(&read);
    return tensor;
}

static void expect_values(const gt_tensor *tensor, const double *values, double tolerance)
{
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++) {
        const double value = gt_tensor_at(tensor, i);
        const bool close = isnan(values[i]) || isinf(values[i]) || isnan(value)
                               ? value == values[i] || (isnan(value) && isnan(values[i]))
                               : fabs(value - values[i]) <= tolerance;
        ck_assert_msg(close, "element %lld is %.17g, expected %.17g", (long long)i, value, values[i]);
    }
}

void expect(const gt_tensor *tensor, gt_shape shape, const double *values, double tolerance)
{
    ck_assert_msg(tensor != NULL, "no result: %s", gt_tape_message(tape));
    const gt_shape own_shape = gt_tensor_shape(tensor);
    ck_assert_msg(gt_shape_equal(&own_shape, &shape), "the shape is %s, expected %s", gt_shape_text(&own_shape).text,
                  gt_shape_text(&shape).text);
    expect_values(tensor, values, tolerance);
}

void expect_case(const gt_tensor *tensor, const char *folder, const char *array, double tolerance)
{
    npy_array read = read_case(folder, array);
    gt_shape shape = gt_shape_of(read.rank, read.dim);
    ck_assert_msg(tensor != NULL, "no result: %s", gt_tape_message(tape));
    if (gt_tensor_rank(tensor) == 0 && read.count == 1)
        shape = GT_SCALAR;
    expect(tensor, shape, read.values, tolerance);
    npy_free(&read);
}

void expect_error(const gt_tensor *result, gt_status status, const char *part_of_message)
{
    ck_assert_ptr_null(result);
    ck_assert_msg(gt_tape_status(tape) == status, "the status is '%s', expected '%s': %s",
                  gt_status_name(gt_tape_status(tape)), gt_status_name(status), gt_tape_message(tape));
    ck_assert_msg(strstr(gt_tape_message(tape), part_of_message) != NULL, "the message is '%s', expected '...%s...'",
                  gt_tape_message(tape), part_of_message);
    gt_tape_reset(tape);
    gt_tape_begin(tape);
}

gt_tensor *gradient(gt_tensor *target, gt_tensor *source)
{
    gt_tensor *result = NULL;
    ck_assert_msg(gt_tape_gradient(tape, target, 1, &source, &result) == GT_OK, "%s", gt_tape_message(tape));
    ck_assert_msg(result != NULL, "no gradient: %s", gt_tape_why_no_gradient(tape, target, source));
    return result;
}
