/* gather, scatter_add and their kin: values and gradients by hand, order of additions, indices out of range. Samples
 * against references, and gradients against differences, are test_registry's. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/op.h"
#include "core/threads.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

#define COUNT(...)   ((int64_t)(sizeof(VALUES(__VA_ARGS__)) / sizeof(double)))
#define INDICES(...) constant(GT_INT32, GT_SHAPE(COUNT(__VA_ARGS__)), VALUES(__VA_ARGS__))

static gt_tensor *rows(void)
{
    return variable(GT_SHAPE(3, 2), VALUES(1, 2, 3, 4, 5, 6));
}

/* ---- gather ------------------------------------------------------------------------------------------------------ */

START_TEST(gather_is_the_seed_case)
{
    gt_tensor *m = from_case("seed_cases/gather_rows", "m", GT_FLOAT64);
    gt_tensor *indices = from_case("seed_cases/gather_rows", "idx", GT_INT32);
    expect_case(gt_gather(tape, m, indices), "seed_cases/gather_rows", "out", 0);
}
END_TEST

START_TEST(gather_takes_indices_of_any_shape)
{
    gt_tensor *x = rows();
    gt_tensor *square = constant(GT_INT32, GT_SHAPE(2, 2), VALUES(2, 0, 1, 1));
    expect(gt_gather(tape, x, square), GT_SHAPE(2, 2, 2), VALUES(5, 6, 1, 2, 3, 4, 3, 4), 0);
    expect(gt_gather(tape, x, constant(GT_INT32, GT_SCALAR, VALUES(1))), GT_SHAPE(2), VALUES(3, 4), 0);
    gt_tensor *bytes = constant(GT_UINT8, GT_SHAPE(3), VALUES(7, 8, 9));
    expect(gt_gather(tape, bytes, INDICES(2, 2)), GT_SHAPE(2), VALUES(9, 9), 0);
}
END_TEST

START_TEST(gradient_of_gather_adds_repeated_rows)
{
    gt_tensor *x = rows(), *y = gt_gather(tape, x, INDICES(2, 0, 2));
    gt_tensor *weights = constant(GT_FLOAT64, GT_SHAPE(3, 2), VALUES(1, 2, 10, 20, 100, 200));
    expect(gradient(gt_mul(tape, y, weights), x), GT_SHAPE(3, 2), VALUES(10, 20, 0, 0, 101, 202), 0);
}
END_TEST

/* Recorded, through ops; else through gather_accumulate. */
START_TEST(gathers_add_their_gradients)
{
    gt_tensor *x = rows();
    gt_tensor *a = gt_gather(tape, x, INDICES(0, 1)), *b = gt_gather(tape, x, INDICES(1, 2));
    gt_tensor *loss = gt_sum(tape, gt_mul(tape, a, b), NULL);
    if (_i)
        gt_tape_end(tape);
    expect(gradient(loss, x), GT_SHAPE(3, 2), VALUES(3, 4, 1 + 5, 2 + 6, 3, 4), 0);
}
END_TEST

START_TEST(gathers_have_second_derivatives)
{
    gt_tensor *x = variable(GT_SHAPE(2), VALUES(3, 5));
    gt_tensor *y = gt_gather(tape, x, INDICES(0, 0, 1));
    gt_tensor *slope = gradient(gt_sum(tape, gt_square(tape, y), NULL), x);
    expect(slope, GT_SHAPE(2), VALUES(12, 10), 0);
    expect(gradient(slope, x), GT_SHAPE(2), VALUES(4, 2), 0);
}
END_TEST

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

/* T look-ups in a table: with a scattered gradient for each, the sweep would go through T buffers of the table's size.
 */
START_TEST(gradient_of_many_gathers_goes_through_one_buffer)
{
    enum { MANY = 2000, WIDTH = 64 };
    close_tape();
    const gt_allocator counting = {.allocate = count_and_allocate, .release = release, .direct = 1};
    ck_assert_int_eq(gt_set_allocator(&counting), GT_OK);
    open_tape();
    gt_tensor *table = random_tensor(GT_FLOAT32, GT_SHAPE(MANY, WIDTH), 1);
    gt_tape_watch(tape, table);
    gt_tensor *total = gt_fill(tape, GT_FLOAT32, GT_SHAPE(1, WIDTH), 0);
    for (int32_t t = 0; t < MANY; t++) {
        gt_tensor *index = gt_tensor_from(GT_INT32, GT_SHAPE(1), &t);
        total = gt_add(tape, total, gt_scale(tape, gt_gather(tape, table, index), (double)t));
        gt_tensor_free(index);
    }
    ck_assert_int_eq(gt_tape_end(tape), GT_OK);
    asked_for = 0;
    gt_tensor *found = gradient(total, table);
    ck_assert_uint_le(asked_for, 8 * (size_t)gt_tensor_size(table) * sizeof(float));
    for (int64_t i = 0; i < gt_tensor_size(table); i++)
        ck_assert(gt_tensor_at(found, i) == (double)(i / WIDTH));
    close_tape();
    ck_assert_int_eq(gt_set_allocator(NULL), GT_OK);
    open_tape();
}
END_TEST

START_TEST(gather_refuses_indices_out_of_range)
{
    gt_tensor *x = rows(), *nothing = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 2)));
    gt_tensor *floats = constant(GT_FLOAT32, GT_SHAPE(1), VALUES(0));
    expect_error(gt_gather(tape, x, INDICES(0, 3)), GT_ERR_VALUE,
                 "gather: index 3 at position 1, expected 0 <= index < 3");
    expect_error(gt_gather(tape, x, INDICES(-1)), GT_ERR_VALUE, "gather: index -1 at position 0");
    expect_error(gt_gather(tape, nothing, INDICES(0)), GT_ERR_VALUE, "expected 0 <= index < 0");
    expect_error(gt_gather(tape, x, floats), GT_ERR_DTYPE, "gather: input 1 is float32, int32 is expected");
    expect_error(gt_gather(tape, constant(GT_FLOAT32, GT_SCALAR, VALUES(1)), INDICES(0)), GT_ERR_SHAPE,
                 "gather: a scalar has no rows");
    expect_error(gt_gather(tape, NULL, INDICES(0)), GT_ERR_ARGUMENT, "gather: input 0 is NULL");
    expect_error(gt_gather(tape, x, NULL), GT_ERR_ARGUMENT, "gather: input 1 is NULL");
}
END_TEST

START_TEST(results_of_too_many_axes_are_refused)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(1, 1, 1, 1, 1)));
    gt_tensor *indices = own(gt_tensor_new(GT_INT32, GT_SHAPE(1, 1, 1, 1, 1)));
    gt_tensor *more = own(gt_tensor_new(GT_INT32, GT_SHAPE(1, 1, 1, 1, 1, 1, 1, 1)));
    expect_error(gt_gather(tape, x, indices), GT_ERR_SHAPE, "gather: the result would have 9 axes");
    expect_error(gt_one_hot(tape, more, 1, GT_FLOAT32), GT_ERR_SHAPE, "one_hot: the result would have 9 axes");
}
END_TEST

/* ---- gather_elements --------------------------------------------------------------------------------------------- */

/* The case names entries by row and column: the rows are gathered first, then one column of each. */
START_TEST(gather_elements_is_the_seed_case)
{
    gt_tensor *m = from_case("seed_cases/gather_elems", "m", GT_FLOAT64);
    gt_tensor *pairs = from_case("seed_cases/gather_elems", "idx", GT_INT32);
    gt_tensor *of_rows = gt_reshape(tape, gt_slice(tape, pairs, (int64_t[]){0, 0}, (int64_t[]){1, -1}), GT_SHAPE(-1));
    gt_tensor *of_columns =
        gt_reshape(tape, gt_slice(tape, pairs, (int64_t[]){1, 0}, (int64_t[]){1, -1}), GT_SHAPE(-1));
    gt_tensor *y = gt_gather_elements(tape, gt_gather(tape, m, of_rows), of_columns);
    expect_case(y, "seed_cases/gather_elems", "out", 0);
}
END_TEST

START_TEST(gather_elements_takes_one_of_each_row)
{
    gt_tensor *x = rows(), *y = gt_gather_elements(tape, x, INDICES(1, 0, 1));
    expect(y, GT_SHAPE(3), VALUES(2, 3, 6), 0);
    gt_tensor *slope = gradient(gt_sum(tape, gt_square(tape, y), NULL), x);
    expect(slope, GT_SHAPE(3, 2), VALUES(0, 4, 6, 0, 0, 12), 0);
    expect(gradient(slope, x), GT_SHAPE(3, 2), VALUES(0, 2, 2, 0, 0, 2), 0);
}
END_TEST

START_TEST(gather_elements_refuses_what_does_not_fit)
{
    gt_tensor *x = rows(), *vector = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 2));
    expect_error(gt_gather_elements(tape, x, INDICES(0, 2, 0)), GT_ERR_VALUE,
                 "gather_elements: index 2 at position 1, expected 0 <= index < 2");
    expect_error(gt_gather_elements(tape, x, INDICES(0, 1)), GT_ERR_SHAPE,
                 "gather_elements: (n, m) and indices (n) are expected, not (3, 2) and (2,)");
    expect_error(gt_gather_elements(tape, vector, INDICES(0, 1)), GT_ERR_SHAPE, "not (2,) and (2,)");
    expect_error(gt_gather_elements(tape, x, vector), GT_ERR_DTYPE, "gather_elements: input 1 is float32");
    expect_error(gt_gather_elements(tape, NULL, NULL), GT_ERR_ARGUMENT, "gather_elements: input 0 is NULL");
}
END_TEST

/* ---- scatter_add ------------------------------------------------------------------------------------------------- */

START_TEST(scatter_add_adds_rows)
{
    gt_tensor *updates = rows();
    gt_tensor *y = gt_scatter_add(tape, updates, INDICES(1, 3, 1), 4);
    expect(y, GT_SHAPE(4, 2), VALUES(0, 0, 6, 8, 0, 0, 3, 4), 0);
    expect(gradient(gt_square(tape, y), updates), GT_SHAPE(3, 2), VALUES(12, 16, 6, 8, 12, 16), 0);
}
END_TEST

/* 1e8 + 1 - 1e8 in float32 depends on the order. */
START_TEST(scatter_add_adds_in_the_order_of_the_indices)
{
    gt_tensor *indices = INDICES(0, 0, 0);
    gt_tensor *lost = constant(GT_FLOAT32, GT_SHAPE(3), VALUES(1e8, 1, -1e8));
    gt_tensor *kept = constant(GT_FLOAT32, GT_SHAPE(3), VALUES(1e8, -1e8, 1));
    expect(gt_scatter_add(tape, lost, indices, 1), GT_SHAPE(1), VALUES(0), 0);
    expect(gt_scatter_add(tape, kept, indices, 1), GT_SHAPE(1), VALUES(1), 0);
}
END_TEST

START_TEST(scatter_add_refuses_what_does_not_fit)
{
    gt_tensor *x = rows(), *integers = INDICES(0, 1, 2);
    expect_error(gt_scatter_add(tape, x, INDICES(0, 1, 2), 2), GT_ERR_VALUE,
                 "scatter_add: index 2 at position 2, expected 0 <= index < 2");
    expect_error(gt_scatter_add(tape, x, INDICES(0, 1), 2), GT_ERR_SHAPE,
                 "scatter_add: updates are (3, 2), which does not begin with indices' (2,)");
    expect_error(gt_scatter_add(tape, constant(GT_FLOAT32, GT_SCALAR, VALUES(1)), INDICES(0), 2), GT_ERR_SHAPE,
                 "scatter_add: updates are ()");
    expect_error(gt_scatter_add(tape, x, INDICES(0, 0, 0), -1), GT_ERR_SHAPE, "scatter_add: axis 0 of (-1, 2)");
    expect_error(gt_scatter_add(tape, x, INDICES(0, 0, 0), INT64_MAX), GT_ERR_SHAPE, "more than memory can hold");
    expect_error(gt_scatter_add(tape, integers, INDICES(0, 0, 0), 3), GT_ERR_DTYPE, "scatter_add: input 0 is int32");
    expect_error(gt_scatter_add(tape, NULL, NULL, 3), GT_ERR_ARGUMENT, "scatter_add: input 0 is NULL");
}
END_TEST

START_TEST(bits_do_not_depend_on_threads)
{
    const int64_t count = 3000, width = 211;
    gt_tensor *updates = random_tensor(GT_FLOAT32, GT_SHAPE(count, width), 1);
    gt_tensor *indices = own(gt_tensor_new(GT_INT32, GT_SHAPE(count)));
    int32_t *index = gt_tensor_data_write(indices);
    for (int64_t i = 0; i < count; i++)
        index[i] = (int32_t)(i * i % 17);
    gt_set_threads(1);
    const gt_tensor *one = gt_scatter_add(tape, updates, indices, 17), *back = gt_gather(tape, updates, indices);
    for (int threads = 2; threads <= 5; threads += 3) {
        gt_set_threads(threads);
        const gt_tensor *sums = gt_scatter_add(tape, updates, indices, 17);
        ck_assert_mem_eq(gt_tensor_data(one), gt_tensor_data(sums), (size_t)(17 * width) * 4);
        const gt_tensor *gathered = gt_gather(tape, updates, indices);
        ck_assert_mem_eq(gt_tensor_data(back), gt_tensor_data(gathered), (size_t)(count * width) * 4);
    }
}
END_TEST

/* A bad index is found before anything is written. */
START_TEST(accumulating_with_a_bad_index_leaves_the_sum_alone)
{
    gt_tensor *dx = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(1, 2));
    gt_tensor *inputs[] = {dx, constant(GT_FLOAT32, GT_SHAPE(2), VALUES(10, 10)), INDICES(0, 2)};
    ck_assert_int_eq(gt_run(gt_op_find("gather_accumulate"), inputs, 3, NULL), GT_ERR_VALUE);
    ck_assert_ptr_nonnull(strstr(gt_last_error(), "gather_accumulate: index 2 at position 1"));
    expect(dx, GT_SHAPE(2), VALUES(1, 2), 0);
}
END_TEST

/* ---- one_hot ----------------------------------------------------------------------------------------------------- */

START_TEST(one_hot_sets_a_single_one)
{
    gt_tensor *y = gt_one_hot(tape, INDICES(2, 0), 3, GT_FLOAT64);
    expect(y, GT_SHAPE(2, 3), VALUES(0, 0, 1, 1, 0, 0), 0);
    ck_assert_int_eq(gt_tensor_dtype(y), GT_FLOAT64);
    ck_assert_int_eq(gt_tensor_dtype(gt_one_hot(tape, INDICES(0), 1, GT_FLOAT32)), GT_FLOAT32);
}
END_TEST

START_TEST(one_hot_refuses_what_it_cannot_mark)
{
    gt_tensor *floats = constant(GT_FLOAT32, GT_SHAPE(1), VALUES(0));
    expect_error(gt_one_hot(tape, INDICES(0, 3), 3, GT_FLOAT32), GT_ERR_VALUE,
                 "one_hot: index 3 at position 1, expected 0 <= index < 3");
    expect_error(gt_one_hot(tape, INDICES(-1), 3, GT_FLOAT32), GT_ERR_VALUE, "one_hot: index -1 at position 0");
    expect_error(gt_one_hot(tape, INDICES(0), 0, GT_FLOAT32), GT_ERR_VALUE, "expected 0 <= index < 0");
    expect_error(gt_one_hot(tape, INDICES(0), -1, GT_FLOAT32), GT_ERR_SHAPE, "one_hot: axis 1 of (1, -1)");
    expect_error(gt_one_hot(tape, INDICES(0), 3, GT_INT32), GT_ERR_DTYPE,
                 "one_hot: the result is float32 or float64, not int32");
    gt_tensor *zero = INDICES(0);
    const gt_one_hot_attributes far = {3, (int64_t)1 << 32}; /* whose low half is float32 */
    expect_error(gt_apply(tape, gt_op_find("one_hot"), &zero, 1, &far), GT_ERR_DTYPE, "not an unknown dtype");
    expect_error(gt_one_hot(tape, floats, 3, GT_FLOAT32), GT_ERR_DTYPE, "one_hot: input 0 is float32");
    expect_error(gt_one_hot(tape, NULL, 3, GT_FLOAT32), GT_ERR_ARGUMENT, "one_hot: input 0 is NULL");
}
END_TEST

START_TEST(to_indices_keeps_whole_numbers)
{
    gt_tensor *y = gt_to_indices(tape, constant(GT_FLOAT32, GT_SHAPE(2, 2), VALUES(3, 0, -0.0, 2)), 4);
    expect(y, GT_SHAPE(2, 2), VALUES(3, 0, 0, 2), 0);
    ck_assert_int_eq(gt_tensor_dtype(y), GT_INT32);
    expect(gt_to_indices(tape, constant(GT_FLOAT64, GT_SCALAR, VALUES(INT32_MAX)), (int64_t)INT32_MAX + 1), GT_SCALAR,
           VALUES(INT32_MAX), 0);
}
END_TEST

START_TEST(to_indices_refuses_what_is_none)
{
    static const double bad[] = {4, -1, 1.5, -0.5, 1e30, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        expect_error(gt_to_indices(tape, constant(GT_FLOAT32, GT_SHAPE(2), VALUES(3, bad[i])), 4), GT_ERR_VALUE,
                     "at position 1, expected a whole number 0 <= index < 4");
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(1), VALUES(0.25));
    expect_error(gt_to_indices(tape, x, 4), GT_ERR_VALUE, "to_indices: 0.25 at position 0");
    expect_error(gt_to_indices(tape, x, -1), GT_ERR_ARGUMENT, "to_indices: a bound of -1");
    expect_error(gt_to_indices(tape, x, (int64_t)INT32_MAX + 2), GT_ERR_ARGUMENT, "to_indices: a bound of 2147483649");
    expect_error(gt_to_indices(tape, INDICES(1), 4), GT_ERR_DTYPE, "to_indices: input 0 is int32");
    expect_error(gt_to_indices(tape, NULL, 4), GT_ERR_ARGUMENT, "to_indices: input 0 is NULL");
}
END_TEST

START_TEST(embedding_gathers_rows_of_a_matrix)
{
    gt_tensor *table = rows();
    expect(gt_embedding(tape, table, INDICES(2, 2)), GT_SHAPE(2, 2), VALUES(5, 6, 5, 6), 0);
    gt_tensor *cube = random_tensor(GT_FLOAT64, GT_SHAPE(2, 2, 2), 1);
    expect_error(gt_embedding(tape, cube, INDICES(0)), GT_ERR_SHAPE,
                 "embedding: a table (rows, width) is expected: (2, 2, 2)");
    expect_error(gt_embedding(tape, NULL, INDICES(0)), GT_ERR_ARGUMENT, "gather: input 0 is NULL");
}
END_TEST

int main(void)
{
    return run_suite_with("indexing", open_tape, close_tape,
                          (const suite_test[]){TEST(gather_is_the_seed_case),
                                               TEST(gather_takes_indices_of_any_shape),
                                               TEST(gradient_of_gather_adds_repeated_rows),
                                               LOOP_TEST(gathers_add_their_gradients, 2),
                                               TEST(gathers_have_second_derivatives),
                                               TEST(gradient_of_many_gathers_goes_through_one_buffer),
                                               TEST(gather_refuses_indices_out_of_range),
                                               TEST(results_of_too_many_axes_are_refused),
                                               TEST(gather_elements_is_the_seed_case),
                                               TEST(gather_elements_takes_one_of_each_row),
                                               TEST(gather_elements_refuses_what_does_not_fit),
                                               TEST(scatter_add_adds_rows),
                                               TEST(scatter_add_adds_in_the_order_of_the_indices),
                                               TEST(scatter_add_refuses_what_does_not_fit),
                                               TEST(bits_do_not_depend_on_threads),
                                               TEST(accumulating_with_a_bad_index_leaves_the_sum_alone),
                                               TEST(one_hot_sets_a_single_one),
                                               TEST(one_hot_refuses_what_it_cannot_mark),
                                               TEST(to_indices_keeps_whole_numbers),
                                               TEST(to_indices_refuses_what_is_none),
                                               TEST(embedding_gathers_rows_of_a_matrix),
                                               END_OF_TESTS});
}
