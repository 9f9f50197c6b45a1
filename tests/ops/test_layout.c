/* Shape ops: values and gradients by hand, memory that is shared or not, messages. Samples against references, and
 * gradients against differences, are test_registry's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/threads.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

#define SIZES(...) ((const int64_t[]){__VA_ARGS__})
#define ORDER(...) ((const int[]){__VA_ARGS__})

static gt_tensor *matrix(void)
{
    return variable(GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
}

/* ---- reshape ----------------------------------------------------------------------------------------------------- */

START_TEST(reshape_shares_memory)
{
    gt_tensor *x = matrix(), *y = gt_reshape(tape, x, GT_SHAPE(3, 2));
    expect(y, GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 5, 6), 0);
    ck_assert_ptr_eq(gt_tensor_data(y), gt_tensor_data(x));
    expect(gradient(gt_square(tape, y), x), GT_SHAPE(2, 3), VALUES(2, 4, 6, 8, 10, 12), 0);
}
END_TEST

START_TEST(reshape_finds_one_axis)
{
    gt_tensor *x = matrix(), *nothing = own(gt_tensor_new(GT_UINT8, GT_SHAPE(0, 3)));
    expect(gt_reshape(tape, x, GT_SHAPE(-1)), GT_SHAPE(6), VALUES(1, 2, 3, 4, 5, 6), 0);
    expect(gt_reshape(tape, x, GT_SHAPE(3, -1, 1)), GT_SHAPE(3, 2, 1), VALUES(1, 2, 3, 4, 5, 6), 0);
    expect(gt_reshape(tape, nothing, GT_SHAPE(-1, 5)), GT_SHAPE(0, 5), NULL, 0);
}
END_TEST

START_TEST(reshape_refuses_what_does_not_fit)
{
    gt_tensor *x = constant(GT_INT32, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *nothing = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 3)));
    expect_error(gt_reshape(tape, x, GT_SHAPE(4, 2)), GT_ERR_SHAPE,
                 "reshape: (2, 3) has 6 entries, which do not fit (4, 2)");
    expect_error(gt_reshape(tape, x, GT_SHAPE(4, -1)), GT_ERR_SHAPE, "6 entries, which do not fit (4, -1)");
    expect_error(gt_reshape(tape, x, GT_SHAPE(-1, -1)), GT_ERR_SHAPE, "more than one -1 in (-1, -1)");
    expect_error(gt_reshape(tape, x, GT_SHAPE(-2, -3)), GT_ERR_SHAPE, "negative");
    expect_error(gt_reshape(tape, x, GT_SHAPE(INT64_MAX, INT64_MAX)), GT_ERR_SHAPE, "more than memory can hold");
    expect_error(gt_reshape(tape, x, (gt_shape){.rank = 9}), GT_ERR_SHAPE, "9 axes");
    expect_error(gt_reshape(tape, nothing, GT_SHAPE(0, -1)), GT_ERR_SHAPE, "0 entries, which do not fit (0, -1)");
    expect_error(gt_reshape(tape, NULL, GT_SHAPE(1)), GT_ERR_ARGUMENT, "reshape: input 0 is NULL");
}
END_TEST

/* ---- transpose --------------------------------------------------------------------------------------------------- */

START_TEST(transpose_reverses_by_default)
{
    gt_tensor *x = matrix();
    expect(gt_transpose(tape, x, NULL), GT_SHAPE(3, 2), VALUES(1, 4, 2, 5, 3, 6), 0);
    gt_tensor *cube = gt_reshape(tape, x, GT_SHAPE(1, 2, 3));
    expect(gt_transpose(tape, cube, NULL), GT_SHAPE(3, 2, 1), VALUES(1, 4, 2, 5, 3, 6), 0);
}
END_TEST

START_TEST(transpose_follows_its_order)
{
    gt_tensor *x = constant(GT_UINT8, GT_SHAPE(2, 2, 3), VALUES(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
    expect(gt_transpose(tape, x, ORDER(2, 0, 1)), GT_SHAPE(3, 2, 2), VALUES(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11), 0);
    expect(gt_transpose(tape, x, ORDER(1, 0, 2)), GT_SHAPE(2, 2, 3), VALUES(0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11), 0);
    ck_assert_int_eq(gt_tensor_dtype(gt_transpose(tape, x, NULL)), GT_UINT8);
}
END_TEST

START_TEST(transpose_of_a_large_matrix_is_exact)
{
    const int64_t rows = 517, columns = 1023;
    gt_tensor *x = random_tensor(_i ? GT_FLOAT64 : GT_FLOAT32, GT_SHAPE(rows, columns), 1);
    gt_set_threads(1 + _i);
    gt_tensor *y = gt_transpose(tape, x, NULL);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < columns; j++)
            ck_assert(gt_tensor_at(y, j * rows + i) == gt_tensor_at(x, i * columns + j));
}
END_TEST

START_TEST(transpose_counts_axes_from_either_end)
{
    gt_tensor *x = random_tensor(GT_FLOAT64, GT_SHAPE(2, 3, 4), 1);
    const gt_tensor *y = gt_transpose(tape, x, ORDER(-1, 0, -2)), *same = gt_transpose(tape, x, ORDER(2, 0, 1));
    expect(y, GT_SHAPE(4, 2, 3), gt_tensor_data(same), 0);
}
END_TEST

START_TEST(transpose_needs_a_permutation)
{
    gt_tensor *x = matrix();
    expect_error(gt_transpose(tape, x, ORDER(0, 0)), GT_ERR_ARGUMENT,
                 "transpose: order (0, 0) is no permutation of the axes of (2, 3)");
    expect_error(gt_transpose(tape, x, ORDER(0, 2)), GT_ERR_ARGUMENT, "order (0, 2)");
    expect_error(gt_transpose(tape, x, ORDER(-1, 1)), GT_ERR_ARGUMENT, "order (1, 1)");
    expect_error(gt_transpose(tape, x, ORDER(-3, 0)), GT_ERR_ARGUMENT, "order (-3, 0)");
    expect_error(gt_transpose(tape, NULL, NULL), GT_ERR_ARGUMENT, "transpose: input 0 is NULL");
}
END_TEST

/* ---- concat ------------------------------------------------------------------------------------------------------ */

START_TEST(concat_joins_along_an_axis)
{
    gt_tensor *a = matrix(), *b = variable(GT_SHAPE(2, 1), VALUES(7, 8));
    gt_tensor *y = gt_concat(tape, 2, (gt_tensor *[]){a, b}, -1);
    expect(y, GT_SHAPE(2, 4), VALUES(1, 2, 3, 7, 4, 5, 6, 8), 0);
    gt_tensor *loss = gt_sum(tape, gt_square(tape, y), NULL);
    expect(gradient(loss, a), GT_SHAPE(2, 3), VALUES(2, 4, 6, 8, 10, 12), 0);
    expect(gradient(loss, b), GT_SHAPE(2, 1), VALUES(14, 16), 0);
}
END_TEST

START_TEST(concat_of_one_tensor_is_a_copy)
{
    gt_tensor *x = matrix(), *y = gt_concat(tape, 1, &x, 0);
    expect(y, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6), 0);
    ck_assert_ptr_ne(gt_tensor_data(x), gt_tensor_data(y));
}
END_TEST

START_TEST(concat_takes_a_tensor_twice)
{
    gt_tensor *x = variable(GT_SHAPE(2), VALUES(3, 4));
    gt_tensor *y = gt_concat(tape, 2, (gt_tensor *[]){x, x}, 0);
    gt_tensor *weights = constant(GT_FLOAT64, GT_SHAPE(4), VALUES(1, 10, 100, 1000));
    expect(gradient(gt_mul(tape, y, weights), x), GT_SHAPE(2), VALUES(101, 1010), 0);
}
END_TEST

/* More than an op takes, and more than a group of groups takes. */
START_TEST(concat_takes_any_number)
{
    const int many = 1100;
    gt_tensor *x = variable(GT_SHAPE(2), VALUES(1, 2));
    gt_tensor **parts = malloc((size_t)many * sizeof *parts);
    for (int i = 0; i < many; i++)
        parts[i] = gt_scale(tape, x, i);
    gt_tensor *y = gt_concat(tape, many, parts, 0);
    ck_assert_int_eq(gt_tensor_dim(y, 0), 2 * many);
    for (int i = 0; i < many; i++) {
        ck_assert_double_eq(gt_tensor_at(y, 2 * i), i);
        ck_assert_double_eq(gt_tensor_at(y, 2 * i + 1), 2 * i);
    }
    const double sum = many * (many - 1) / 2;
    expect(gradient(y, x), GT_SHAPE(2), VALUES(sum, sum), 0);
    free(parts);
}
END_TEST

START_TEST(concat_reports_what_does_not_fit)
{
    gt_tensor *a = matrix(), *b = constant(GT_FLOAT64, GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *single = constant(GT_FLOAT32, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *scalar = constant(GT_FLOAT64, GT_SCALAR, VALUES(1));
    expect_error(gt_concat(tape, 2, (gt_tensor *[]){a, b}, 0), GT_ERR_SHAPE,
                 "concat: input 1 is (3, 2), which does not fit (2, 3) along axis 0");
    expect_error(gt_concat(tape, 2, (gt_tensor *[]){b, scalar}, 0), GT_ERR_SHAPE, "concat: input 1 is ()");
    expect_error(gt_concat(tape, 1, &scalar, 0), GT_ERR_ARGUMENT, "concat: axis 0 is out of range for ()");
    expect_error(gt_concat(tape, 1, &b, -3), GT_ERR_ARGUMENT, "concat: axis -3 is out of range for (3, 2)");
    expect_error(gt_concat(tape, 2, (gt_tensor *[]){b, single}, 0), GT_ERR_DTYPE, "concat: dtypes differ");
    expect_error(gt_concat(tape, 2, (gt_tensor *[]){b, NULL}, 0), GT_ERR_ARGUMENT, "concat: input 1 is NULL");
    expect_error(gt_concat(tape, 1, (gt_tensor *[]){NULL}, 0), GT_ERR_ARGUMENT, "concat: input 0 is NULL");
    expect_error(gt_concat(tape, 0, &b, 0), GT_ERR_ARGUMENT, "concat: no tensors given");
    expect_error(gt_concat(tape, 2, NULL, 0), GT_ERR_ARGUMENT, "concat: the array is NULL");
}
END_TEST

/* ---- slice ------------------------------------------------------------------------------------------------------- */

START_TEST(slice_of_rows_shares_memory)
{
    gt_tensor *x = variable(GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 5, 6));
    gt_tensor *y = gt_slice(tape, x, SIZES(1, 0), SIZES(2, 2));
    expect(y, GT_SHAPE(2, 2), VALUES(3, 4, 5, 6), 0);
    ck_assert_ptr_eq(gt_tensor_data(y), (const double *)gt_tensor_data(x) + 2);
    expect(gradient(gt_square(tape, y), x), GT_SHAPE(3, 2), VALUES(0, 0, 6, 8, 10, 12), 0);
}
END_TEST

START_TEST(slice_of_columns_is_its_own)
{
    gt_tensor *x = matrix(), *y = gt_slice(tape, x, SIZES(0, 1), SIZES(-1, -1));
    expect(y, GT_SHAPE(2, 2), VALUES(2, 3, 5, 6), 0);
    expect(gradient(gt_square(tape, y), x), GT_SHAPE(2, 3), VALUES(0, 4, 6, 0, 10, 12), 0);
}
END_TEST

START_TEST(slice_may_be_empty_and_at_the_end)
{
    gt_tensor *x = matrix();
    expect(gt_slice(tape, x, SIZES(2, 0), SIZES(-1, -1)), GT_SHAPE(0, 3), NULL, 0);
    expect(gt_slice(tape, x, SIZES(0, 3), SIZES(2, 0)), GT_SHAPE(2, 0), NULL, 0);
    expect(gt_slice(tape, constant(GT_INT32, GT_SCALAR, VALUES(4)), NULL, NULL), GT_SCALAR, VALUES(4), 0);
}
END_TEST

/* Recorded, through ops; else through slice_accumulate. */
START_TEST(slices_that_overlap_add_their_gradients)
{
    gt_tensor *x = variable(GT_SHAPE(4), VALUES(1, 2, 3, 4));
    gt_tensor *a = gt_slice(tape, x, SIZES(0), SIZES(3)), *b = gt_slice(tape, x, SIZES(1), SIZES(3));
    gt_tensor *square = gt_reshape(tape, x, GT_SHAPE(2, 2));
    gt_tensor *column = gt_slice(tape, square, SIZES(0, 1), SIZES(2, 1));
    gt_tensor *loss = gt_add(tape, gt_sum(tape, gt_mul(tape, a, b), NULL), gt_sum(tape, column, NULL));
    if (_i)
        gt_tape_end(tape);
    expect(gradient(loss, x), GT_SHAPE(4), VALUES(2, 4 + 1, 6, 3 + 1), 0);
}
END_TEST

START_TEST(slices_have_second_derivatives)
{
    gt_tensor *x = variable(GT_SHAPE(3), VALUES(1, 2, 3));
    gt_tensor *a = gt_slice(tape, x, SIZES(0), SIZES(2)), *b = gt_slice(tape, x, SIZES(1), SIZES(2));
    gt_tensor *slope = gradient(gt_sum(tape, gt_mul(tape, gt_square(tape, a), b), NULL), x);
    expect(slope, GT_SHAPE(3), VALUES(2 * 1 * 2, 1 + 2 * 2 * 3, 4), 0);
    /* sum of the Hessian's rows: of x0^2 x1 + x1^2 x2 */
    expect(gradient(gt_sum(tape, slope, NULL), x), GT_SHAPE(3), VALUES(4 + 2, 2 + 6 + 4, 4), 0);
}
END_TEST

START_TEST(slice_outside_is_refused)
{
    gt_tensor *x = matrix();
    expect_error(gt_slice(tape, x, SIZES(0, 2), SIZES(2, 2)), GT_ERR_SHAPE,
                 "slice: (2, 2) entries from (0, 2) on do not lie inside (2, 3)");
    expect_error(gt_slice(tape, x, SIZES(3, 0), SIZES(-1, 3)), GT_ERR_SHAPE, "do not lie inside (2, 3)");
    expect_error(gt_slice(tape, x, SIZES(-1, 0), SIZES(1, 3)), GT_ERR_SHAPE, "do not lie inside (2, 3)");
    expect_error(gt_slice(tape, x, SIZES(0, 0), SIZES(-2, 3)), GT_ERR_SHAPE, "do not lie inside (2, 3)");
    expect_error(gt_slice(tape, x, SIZES(1, 0), SIZES(INT64_MAX, 3)), GT_ERR_SHAPE, "do not lie inside (2, 3)");
    expect_error(gt_slice(tape, x, NULL, SIZES(1, 1)), GT_ERR_ARGUMENT, "slice: begin is NULL");
    expect_error(gt_slice(tape, x, SIZES(0, 0), NULL), GT_ERR_ARGUMENT, "slice: size is NULL");
    expect_error(gt_slice(tape, NULL, SIZES(0, 0), SIZES(0, 0)), GT_ERR_ARGUMENT, "slice: input 0 is NULL");
}
END_TEST

/* An allocator that counts what the library asks for, without a cache in between. */
static size_t asked_for;

static void *count_and_allocate(void *context, size_t alignment, size_t bytes)
{
    (void)context;
    asked_for += bytes;
    return aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
}

static void release(void *context, void *memory, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(memory);
}

/* T slices of x (T, n): with a zero-padded gradient for each, the sweep would go through T buffers of x's size. */
START_TEST(gradient_of_many_slices_goes_through_one_buffer)
{
    enum { MANY = 2000, WIDTH = 64 };
    const bool columns = _i;
    close_tape();
    const gt_allocator counting = {.allocate = count_and_allocate, .release = release, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&counting), GT_OK);
    open_tape();
    gt_tensor *x = random_tensor(GT_FLOAT32, columns ? GT_SHAPE(WIDTH, MANY) : GT_SHAPE(MANY, WIDTH), 1);
    gt_tape_watch(tape, x);
    gt_tensor *total = gt_fill(tape, GT_FLOAT32, columns ? GT_SHAPE(WIDTH, 1) : GT_SHAPE(1, WIDTH), 0);
    for (int64_t t = 0; t < MANY; t++) {
        gt_tensor *slice =
            columns ? gt_slice(tape, x, SIZES(0, t), SIZES(WIDTH, 1)) : gt_slice(tape, x, SIZES(t, 0), SIZES(1, WIDTH));
        total = gt_add(tape, total, gt_scale(tape, slice, (double)t));
    }
    ck_assert_int_eq(gt_tape_end(tape), GT_OK);
    const size_t x_bytes = (size_t)gt_tensor_size(x) * sizeof(float);
    gt_memory_reset_peak();
    const size_t held = gt_memory_peak();
    asked_for = 0;
    gt_tensor *found = gradient(total, x);
    ck_assert_uint_le(gt_memory_peak() - held, 4 * x_bytes);
    ck_assert_uint_le(asked_for, 8 * x_bytes);
    for (int64_t i = 0; i < gt_tensor_size(x); i++)
        ck_assert(gt_tensor_at(found, i) == (double)(columns ? i % MANY : i / WIDTH));
    close_tape();
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
    open_tape();
}
END_TEST

/* ---- pad --------------------------------------------------------------------------------------------------------- */

START_TEST(pad_surrounds_by_a_value)
{
    gt_tensor *x = variable(GT_SHAPE(1, 2), VALUES(1, 2));
    gt_tensor *y = gt_pad(tape, x, SIZES(1, 0), SIZES(0, 2), -1);
    expect(y, GT_SHAPE(2, 4), VALUES(-1, -1, -1, -1, 1, 2, -1, -1), 0);
    expect(gradient(gt_square(tape, y), x), GT_SHAPE(1, 2), VALUES(2, 4), 0);
}
END_TEST

START_TEST(pad_takes_any_dtype)
{
    gt_tensor *bytes = constant(GT_UINT8, GT_SHAPE(1), VALUES(7)),
              *integers = constant(GT_INT32, GT_SHAPE(1), VALUES(7));
    expect(gt_pad(tape, bytes, SIZES(1), SIZES(1), 255), GT_SHAPE(3), VALUES(255, 7, 255), 0);
    expect(gt_pad(tape, integers, SIZES(2), SIZES(0), -3), GT_SHAPE(3), VALUES(-3, -3, 7), 0);
    gt_tensor *single = constant(GT_FLOAT32, GT_SHAPE(1), VALUES(7));
    expect(gt_pad(tape, single, SIZES(0), SIZES(1), (double)INFINITY), GT_SHAPE(2), VALUES(7, (double)INFINITY), 0);
    expect_error(gt_pad(tape, bytes, SIZES(1), SIZES(1), 256), GT_ERR_VALUE, "pad: 256 is no uint8");
    expect_error(gt_pad(tape, integers, SIZES(1), SIZES(1), (double)NAN), GT_ERR_VALUE, "is no int32");
}
END_TEST

START_TEST(pad_refuses_bad_lengths)
{
    gt_tensor *x = matrix();
    expect_error(gt_pad(tape, x, SIZES(0, -1), SIZES(0, 0), 0), GT_ERR_ARGUMENT,
                 "pad: -1 entries before and 0 behind axis 1 of (2, 3)");
    expect_error(gt_pad(tape, x, SIZES(INT64_MAX, 0), SIZES(1, 0), 0), GT_ERR_ARGUMENT, "pad: ");
    expect_error(gt_pad(tape, x, SIZES(INT64_MAX / 8, 0), SIZES(1, 0), 0), GT_ERR_SHAPE, "more than memory can hold");
    expect_error(gt_pad(tape, x, NULL, SIZES(1, 0), 0), GT_ERR_ARGUMENT, "pad: before is NULL");
    expect_error(gt_pad(tape, x, SIZES(1, 0), NULL, 0), GT_ERR_ARGUMENT, "pad: after is NULL");
    expect_error(gt_pad(tape, NULL, SIZES(1, 0), SIZES(1, 0), 0), GT_ERR_ARGUMENT, "pad: input 0 is NULL");
}
END_TEST

START_TEST(zero_pad_is_the_seed_case)
{
    gt_tensor *x = from_case("seed_cases/zero_pad", "x", GT_FLOAT64);
    expect_case(gt_zero_pad(tape, x, 2), "seed_cases/zero_pad", "x_pad", 0);
    expect_error(gt_zero_pad(tape, matrix(), 1), GT_ERR_SHAPE, "zero_pad: images");
    expect_error(gt_zero_pad(tape, x, -1), GT_ERR_ARGUMENT, "pad: -1 entries before");
    expect_error(gt_zero_pad(tape, NULL, 1), GT_ERR_ARGUMENT, "pad: input 0 is NULL");
}
END_TEST

/* ---- broadcasting ------------------------------------------------------------------------------------------------ */

START_TEST(broadcasting_is_the_seed_cases)
{
    const char *names[] = {"seed_cases/broadcast_col_row_add", "seed_cases/broadcast_col_scalar_add",
                           "seed_cases/broadcast_col_scalar_mul"};
    gt_tensor *a = from_case(names[_i], "a", GT_FLOAT64), *b = from_case(names[_i], "b", GT_FLOAT64);
    expect_case(_i == 2 ? gt_mul(tape, a, b) : gt_add(tape, a, b), names[_i], "out", 0);
}
END_TEST

START_TEST(distributing_a_value_is_the_seed_case)
{
    gt_tensor *dz = from_case("seed_cases/distribute_value", "dz", GT_FLOAT64);
    gt_tensor *whole = gt_broadcast_to(tape, dz, GT_SHAPE(2, 2));
    expect_case(gt_scale(tape, whole, 0.25), "seed_cases/distribute_value", "a", 0);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static gt_tensor *variant(int which, gt_tensor *x)
{
    switch (which) {
    case 0:
        return gt_transpose(tape, x, ORDER(2, 1, 0));
    case 1:
        return gt_transpose(tape, x, ORDER(1, 0, 2));
    case 2:
        return gt_concat(tape, 3, (gt_tensor *[]){x, x, x}, 1);
    case 3:
        return gt_slice(tape, x, SIZES(3, 5, 7), SIZES(60, 50, 40));
    default:
        return gt_pad(tape, x, SIZES(1, 2, 3), SIZES(3, 2, 1), 0.5);
    }
}

START_TEST(bits_do_not_depend_on_threads)
{
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(67, 61, 53), 1);
    gt_set_threads(1);
    const gt_tensor *one = variant(_i, x);
    for (int threads = 2; threads <= 5; threads += 3) {
        gt_set_threads(threads);
        const gt_tensor *several = variant(_i, x);
        ck_assert_mem_eq(gt_tensor_data(one), gt_tensor_data(several), (size_t)gt_tensor_size(one) * 4);
    }
}
END_TEST

int main(void)
{
    return run_suite_with("layout", open_tape, close_tape,
                          (const suite_test[]){TEST(reshape_shares_memory),
                                               TEST(reshape_finds_one_axis),
                                               TEST(reshape_refuses_what_does_not_fit),
                                               TEST(transpose_reverses_by_default),
                                               TEST(transpose_follows_its_order),
                                               LOOP_TEST(transpose_of_a_large_matrix_is_exact, 2),
                                               TEST(transpose_counts_axes_from_either_end),
                                               TEST(transpose_needs_a_permutation),
                                               TEST(concat_joins_along_an_axis),
                                               TEST(concat_of_one_tensor_is_a_copy),
                                               TEST(concat_takes_a_tensor_twice),
                                               TEST(concat_takes_any_number),
                                               TEST(concat_reports_what_does_not_fit),
                                               TEST(slice_of_rows_shares_memory),
                                               TEST(slice_of_columns_is_its_own),
                                               TEST(slice_may_be_empty_and_at_the_end),
                                               LOOP_TEST(slices_that_overlap_add_their_gradients, 2),
                                               TEST(slices_have_second_derivatives),
                                               TEST(slice_outside_is_refused),
                                               LOOP_TEST(gradient_of_many_slices_goes_through_one_buffer, 2),
                                               TEST(pad_surrounds_by_a_value),
                                               TEST(pad_takes_any_dtype),
                                               TEST(pad_refuses_bad_lengths),
                                               TEST(zero_pad_is_the_seed_case),
                                               LOOP_TEST(broadcasting_is_the_seed_cases, 3),
                                               TEST(distributing_a_value_is_the_seed_case),
                                               LOOP_TEST(bits_do_not_depend_on_threads, 5),
                                               END_OF_TESTS});
}
