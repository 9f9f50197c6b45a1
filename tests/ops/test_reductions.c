/* Reductions: shapes, edges, accuracy, ties, messages. Samples against references, and gradients against differences,
 * are test_registry's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/threads.h"
#include "core/op.h"
#include "ops/attributes.h"
#include "ops/ops.h"
#include "tests/support/isa.h"
#include "tests/support/suite.h"
#include "tests/support/tapes.h"

#define AXIS(k)      (&(const gt_axes){1, {k}, false})
#define AXIS_KEPT(k) (&(const gt_axes){1, {k}, true})

static gt_tensor *matrix(void)
{
    return variable(GT_SHAPE(2, 3), VALUES(1, 5, 3, 4, 2, 6));
}

START_TEST(axes_default_to_all)
{
    gt_tensor *x = matrix();
    expect(gt_sum(tape, x, NULL), GT_SCALAR, VALUES(21), 0);
    expect(gt_mean(tape, x, &(gt_axes){.count = 0}), GT_SCALAR, VALUES(3.5), 0);
    expect(gt_max(tape, x, &(gt_axes){.keepdims = true}), GT_SHAPE(1, 1), VALUES(6), 0);
    expect(gt_min(tape, x, NULL), GT_SCALAR, VALUES(1), 0);
}
END_TEST

START_TEST(axes_count_from_either_end)
{
    gt_tensor *x = matrix();
    expect(gt_sum(tape, x, AXIS(-1)), GT_SHAPE(2), VALUES(9, 12), 0);
    expect(gt_sum(tape, x, AXIS_KEPT(1)), GT_SHAPE(2, 1), VALUES(9, 12), 0);
    expect(gt_sum(tape, x, AXIS(-2)), GT_SHAPE(3), VALUES(5, 7, 9), 0);
    expect(gt_max(tape, x, AXIS(0)), GT_SHAPE(3), VALUES(4, 5, 6), 0);
    expect(gt_min(tape, x, AXIS(1)), GT_SHAPE(2), VALUES(1, 2), 0);
    expect(gt_mean(tape, x, AXIS(0)), GT_SHAPE(3), VALUES(2.5, 3.5, 4.5), 0);
    expect(gt_var(tape, x, AXIS(0)), GT_SHAPE(3), VALUES(2.25, 2.25, 2.25), 0);
    expect(gt_sum(tape, x, &(gt_axes){2, {1, 0}, false}), GT_SCALAR, VALUES(21), 0);
}
END_TEST

START_TEST(gradients_by_hand)
{
    gt_tensor *x = matrix();
    gt_tensor *of_sum = gradient(gt_sum(tape, x, AXIS(0)), x);
    expect(of_sum, GT_SHAPE(2, 3), VALUES(1, 1, 1, 1, 1, 1), 0);
    gt_tensor *of_mean = gradient(gt_mean(tape, x, AXIS(1)), x);
    const double third = 1.0 / 3;
    expect(of_mean, GT_SHAPE(2, 3), VALUES(third, third, third, third, third, third), 1e-16);
    gt_tensor *of_var = gradient(gt_var(tape, x, AXIS(0)), x);
    expect(of_var, GT_SHAPE(2, 3), VALUES(-1.5, 1.5, -1.5, 1.5, -1.5, 1.5), 1e-15);
}
END_TEST

START_TEST(gradient_of_sum_of_squares_is_the_seed_case)
{
    gt_tensor *x = from_case("seed_cases/numgrad_sumsq", "x", GT_FLOAT64);
    gt_tape_watch(tape, x);
    gt_tensor *found = gradient(gt_sum(tape, gt_square(tape, x), NULL), x);
    expect_case(found, "seed_cases/numgrad_sumsq", "grad", 0);
}
END_TEST

/* (2^90)^2 is no float32; the gradient is one again. */
START_TEST(sum_of_squares_does_not_overflow)
{
    gt_tensor *large = constant(GT_FLOAT32, GT_SHAPE(2), VALUES(3, 4));
    gt_tape_watch(tape, large);
    gt_tensor *y = gt_sum_of_squares(tape, gt_scale(tape, large, 0x1p90));
    ck_assert_int_eq(gt_tensor_dtype(y), GT_FLOAT64);
    expect(y, GT_SCALAR, VALUES(25 * 0x1p180), 0);
    gt_tensor *of_large = gradient(gt_sum_of_squares(tape, large), large);
    ck_assert_int_eq(gt_tensor_dtype(of_large), GT_FLOAT32);
    expect(of_large, GT_SHAPE(2), VALUES(6, 8), 0);
    expect(gt_sum_of_squares(tape, constant(GT_FLOAT64, GT_SHAPE(2), VALUES(1, (double)NAN))), GT_SCALAR,
           VALUES((double)NAN), 0);
    expect_error(gt_sum_of_squares(tape, constant(GT_INT32, GT_SCALAR, VALUES(1))), GT_ERR_DTYPE, "sum_of_squares");
}
END_TEST

/* 1 + 4 + ... + n^2 = n (n + 1) (2 n + 1) / 6, exactly while it is below 2^53; past every seam of the kernel. */
START_TEST(sum_of_squares_of_the_first_numbers)
{
    static const int64_t sizes[] = {1, 31, 32, 33, 1023, 1024, 1025, 2048, 40000, 131071};
    for (int i = 0; i < (int)(sizeof sizes / sizeof *sizes); i++) {
        const int64_t n = sizes[i];
        gt_tensor *x = own(gt_tensor_new(_i ? GT_FLOAT32 : GT_FLOAT64, GT_SHAPE(n)));
        void *values = gt_tensor_data_write(x);
        for (int64_t k = 0; k < n; k++)
            if (_i)
                ((float *)values)[k] = (float)(k + 1);
            else
                ((double *)values)[k] = (double)(k + 1);
        expect(gt_sum_of_squares(tape, x), GT_SCALAR, VALUES((double)(n * (n + 1) * (2 * n + 1) / 6)), 0);
    }
}
END_TEST

START_TEST(nothing_sums_to_zero_and_has_no_mean)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 2)));
    expect(gt_sum(tape, x, AXIS(0)), GT_SHAPE(2), VALUES(0, 0), 0);
    expect(gt_mean(tape, x, AXIS(0)), GT_SHAPE(2), VALUES((double)NAN, (double)NAN), 0);
    expect(gt_var(tape, x, AXIS(0)), GT_SHAPE(2), VALUES((double)NAN, (double)NAN), 0);
    ck_assert_int_eq(gt_tensor_size(gt_max(tape, x, AXIS(1))), 0);
}
END_TEST

START_TEST(gradient_of_nothing_has_no_entries)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT64, GT_SHAPE(0, 2)));
    gt_tape_watch(tape, x);
    gt_tensor *results[] = {gt_sum(tape, x, NULL), gt_mean(tape, x, AXIS(0)), gt_var(tape, x, AXIS(0)),
                            gt_max(tape, x, AXIS(1))};
    for (int i = 0; i < 4; i++)
        expect(gradient(results[i], x), GT_SHAPE(0, 2), NULL, 0);
}
END_TEST

START_TEST(sum_of_a_million_tenths_is_exact_to_a_millionth)
{
    const int64_t n = 1000000;
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(n)));
    float *values = gt_tensor_data_write(x);
    for (int64_t i = 0; i < n; i++)
        values[i] = 0.1f;
    const double exact = (double)n * (double)0.1f;
    ck_assert_double_le(fabs(gt_tensor_item(gt_sum(tape, x, NULL)) - exact), 1e-6 * exact);
    ck_assert_double_le(fabs(gt_tensor_item(gt_mean(tape, x, NULL)) - (double)0.1f), 1e-6 * (double)0.1f);
    gt_tensor *columns = gt_reshape(tape, x, GT_SHAPE(n / 8, 8));
    gt_tensor *sums = gt_sum(tape, columns, AXIS(0));
    for (int64_t i = 0; i < 8; i++)
        ck_assert_double_le(fabs(gt_tensor_at(sums, i) - exact / 8), 1e-6 * exact / 8);
}
END_TEST

START_TEST(mean_of_ones_is_one)
{
    gt_tensor *ones = gt_fill(tape, GT_FLOAT64, GT_SHAPE(49), 1);
    expect(gt_mean(tape, ones, NULL), GT_SCALAR, VALUES(1), 0);
}
END_TEST

/* E[x^2] - E[x]^2 gives 0 or worse here. */
START_TEST(variance_survives_a_large_mean)
{
    gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(3), VALUES(1e9 + 1, 1e9 + 2, 1e9 + 3));
    expect(gt_var(tape, x, NULL), GT_SCALAR, VALUES(2.0 / 3), 1e-15);
    gt_tensor *single = constant(GT_FLOAT32, GT_SHAPE(4), VALUES(30001, 30002, 30003, 30004));
    expect(gt_var(tape, single, NULL), GT_SCALAR, VALUES(1.25), 1e-6);
}
END_TEST

START_TEST(variance_of_one_entry_is_flat)
{
    gt_tensor *x = variable(GT_SHAPE(2, 1), VALUES(3, -7));
    gt_tensor *y = gt_var(tape, x, AXIS(1));
    expect(y, GT_SHAPE(2), VALUES(0, 0), 0);
    expect(gradient(y, x), GT_SHAPE(2, 1), VALUES(0, 0), 0);
}
END_TEST

/* As an op of its own attributes: a mask of no axes is not NULL for all of them. */
START_TEST(variance_over_no_axes_is_flat)
{
    gt_tensor *x = variable(GT_SHAPE(2, 2), VALUES(1, 2, 3, 5));
    gt_tensor *y = gt_apply(tape, gt_op_find("var"), &x, 1, &(const gt_reduce_attributes){0, 0});
    expect(y, GT_SHAPE(2, 2), VALUES(0, 0, 0, 0), 0);
    expect(gradient(y, x), GT_SHAPE(2, 2), VALUES(0, 0, 0, 0), 0);
}
END_TEST

START_TEST(variance_with_zero_cotangent_has_zero_gradient)
{
    gt_tensor *x = variable(GT_SHAPE(2), VALUES((double)INFINITY, 1));
    gt_tensor *y = gt_var(tape, x, NULL), *zero = constant(GT_FLOAT64, GT_SCALAR, VALUES(0)), *found;
    const gt_gradient_options options = {.cotangents = &zero};
    ck_assert_int_eq(gt_tape_gradient_with(tape, &y, 1, &x, &found, &options), GT_OK);
    expect(found, GT_SHAPE(2), VALUES(0, 0), 0);
}
END_TEST

START_TEST(nan_passes_through_max_and_min)
{
    const double nan = (double)NAN;
    gt_tensor *x = variable(GT_SHAPE(3, 3), VALUES(1, nan, 9, nan, 2, nan, 5, 6, 7));
    gt_tensor *greatest = gt_max(tape, x, AXIS(1)), *least = gt_min(tape, x, AXIS(1));
    expect(greatest, GT_SHAPE(3), VALUES(nan, nan, 7), 0);
    expect(least, GT_SHAPE(3), VALUES(nan, nan, 5), 0);
    expect(gt_argmax(tape, x, 1), GT_SHAPE(3), VALUES(1, 0, 2), 0);
    expect(gradient(greatest, x), GT_SHAPE(3, 3), VALUES(0, 1, 0, 1, 0, 0, 0, 0, 1), 0);
    expect(gradient(least, x), GT_SHAPE(3, 3), VALUES(0, 1, 0, 1, 0, 0, 1, 0, 0), 0);
}
END_TEST

enum { LONG_ROW = 1000 };

/* Past vectors and blocks, on either side of their edges. */
START_TEST(the_first_extreme_of_a_long_row_is_found)
{
    static const int64_t places[] = {0, 1, 15, 16, 63, 64, 127, 128, 129, 255, 256, 640, 998, 999};
    static const double extremes[] = {100, -100, (double)NAN};
    take_isa(_i);
    double values[LONG_ROW];
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
        for (int e = 0; e < 3; e++) {
            for (int64_t i = 0; i < LONG_ROW; i++)
                values[i] = (double)(i * 7 % 13);
            values[places[p]] = values[LONG_ROW - 1] = extremes[e];
            gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(1, LONG_ROW), values);
            if (e == 1)
                expect(gt_min(tape, x, AXIS(1)), GT_SHAPE(1), VALUES(-100), 0);
            else
                expect(gt_argmax(tape, x, 1), GT_SHAPE(1), VALUES((double)places[p]), 0);
            if (e == 0)
                expect(gt_max(tape, gt_cast(tape, x, GT_FLOAT32), AXIS(1)), GT_SHAPE(1), VALUES(100), 0);
        }
}
END_TEST

/* Rows of any width, in registers, folded, in chunks and not: the numbers 0, 1, 2, ... down each column. */
START_TEST(sums_down_columns_are_right_at_any_size)
{
    static const int64_t rows[] = {1, 2, 31, 33, 64, 1000, 9000}, widths[] = {1, 2, 3, 8, 10, 31, 32, 33, 63, 64, 65};
    take_isa(_i);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++)
        for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++) {
            const int64_t n = rows[r], width = widths[w];
            double *values = calloc((size_t)(n * width), sizeof *values);
            for (int64_t i = 0; i < n * width; i++)
                values[i] = (double)(i / width) + (double)(i % width) / 4;
            gt_tensor *x = constant(GT_FLOAT64, GT_SHAPE(n, width), values);
            gt_tensor *down = gt_sum(tape, x, AXIS(0)), *all = gt_sum(tape, x, NULL);
            double total = 0;
            for (int64_t k = 0; k < width; k++) {
                const double sum = (double)n * (double)(n - 1) / 2 + (double)n * (double)k / 4; /* exact */
                ck_assert_double_eq(gt_tensor_at(down, k), sum);
                total += sum;
            }
            ck_assert_double_eq(gt_tensor_item(all), total);
            free(values);
            gt_tape_reset(tape);
        }
}
END_TEST

START_TEST(infinities_are_ordered)
{
    const double inf = (double)INFINITY;
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(2, 2), VALUES(-inf, -inf, inf, inf));
    expect(gt_max(tape, x, AXIS(1)), GT_SHAPE(2), VALUES(-inf, inf), 0);
    expect(gt_min(tape, x, AXIS(1)), GT_SHAPE(2), VALUES(-inf, inf), 0);
    expect(gt_argmax(tape, x, 1), GT_SHAPE(2), VALUES(0, 0), 0);
}
END_TEST

START_TEST(first_of_equals_gets_the_gradient)
{
    gt_tensor *x = variable(GT_SHAPE(2, 2, 2), VALUES(3, 3, 0, 3, 3, 1, 3, 0));
    expect(gradient(gt_max(tape, x, NULL), x), GT_SHAPE(2, 2, 2), VALUES(1, 0, 0, 0, 0, 0, 0, 0), 0);
    gt_tensor *over_outer = gt_max(tape, x, &(gt_axes){2, {0, 2}, false});
    expect(gradient(over_outer, x), GT_SHAPE(2, 2, 2), VALUES(1, 0, 0, 1, 0, 0, 0, 0), 0);
    expect(gradient(gt_min(tape, x, AXIS(0)), x), GT_SHAPE(2, 2, 2), VALUES(1, 0, 1, 0, 0, 1, 0, 1), 0);
}
END_TEST

START_TEST(max_has_a_second_derivative)
{
    gt_tensor *x = variable(GT_SHAPE(3), VALUES(1, -4, 3));
    gt_tensor *slope = gradient(gt_max(tape, gt_square(tape, x), NULL), x);
    expect(slope, GT_SHAPE(3), VALUES(0, -8, 0), 0);
    expect(gradient(slope, x), GT_SHAPE(3), VALUES(0, 2, 0), 0);
}
END_TEST

START_TEST(argmax_of_rows_is_the_seed_case)
{
    gt_tensor *x = from_case("seed_cases/argmax_rows", "x", GT_FLOAT64);
    gt_tensor *y = gt_argmax(tape, x, -1);
    expect_case(y, "seed_cases/argmax_rows", "y", 0);
    ck_assert_int_eq(gt_tensor_dtype(y), GT_INT32);
}
END_TEST

START_TEST(argmax_takes_the_first_along_any_axis)
{
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(2, 3, 2), VALUES(1, 2, 3, 2, 3, 1, 0, 5, 0, 5, -1, 6));
    expect(gt_argmax(tape, x, 1), GT_SHAPE(2, 2), VALUES(1, 0, 0, 2), 0);
    expect(gt_argmax(tape, x, 0), GT_SHAPE(3, 2), VALUES(0, 1, 0, 1, 0, 1), 0);
    expect(gt_argmax(tape, x, -1), GT_SHAPE(2, 3), VALUES(1, 0, 0, 1, 1, 1), 0);
}
END_TEST

START_TEST(integers_have_no_gradient)
{
    gt_tensor *x = matrix(), *found;
    ck_assert_int_eq(gt_tape_gradient(tape, gt_argmax(tape, x, 0), 1, &x, &found), GT_ERR_DTYPE);
    ck_assert_ptr_null(found);
}
END_TEST

static gt_tensor *variant(int which, gt_tensor *x, const gt_axes *axes)
{
    switch (which) {
    case 0:
        return gt_sum(tape, x, axes);
    case 1:
        return gt_mean(tape, x, axes);
    case 2:
        return gt_var(tape, x, axes);
    case 3:
        return gt_max(tape, x, axes);
    default:
        return gt_min(tape, x, axes);
    }
}

START_TEST(bits_do_not_depend_on_threads)
{
    const gt_axes axes[] = {{0}, {1, {0}, false}, {1, {1}, false}, {1, {2}, true}, {2, {0, 2}, false}};
    gt_tensor *x = random_tensor(GT_FLOAT32, GT_SHAPE(37, 61, 203), 1);
    for (size_t k = 0; k < sizeof axes / sizeof axes[0]; k++) {
        gt_set_threads(1);
        const gt_tensor *one = variant(_i, x, &axes[k]);
        for (int threads = 2; threads <= 5; threads += 3) {
            gt_set_threads(threads);
            const gt_tensor *several = variant(_i, x, &axes[k]);
            ck_assert_mem_eq(gt_tensor_data(one), gt_tensor_data(several), (size_t)gt_tensor_size(one) * 4);
        }
    }
}
END_TEST

START_TEST(axes_out_of_range_or_twice_are_refused)
{
    gt_tensor *x = constant(GT_FLOAT32, GT_SHAPE(2, 3), VALUES(1, 2, 3, 4, 5, 6));
    expect_error(gt_sum(tape, x, AXIS(2)), GT_ERR_ARGUMENT, "sum: axis 2 is out of range for (2, 3)");
    expect_error(gt_mean(tape, x, AXIS(-3)), GT_ERR_ARGUMENT, "mean: axis -3 is out of range for (2, 3)");
    expect_error(gt_var(tape, x, &(gt_axes){2, {1, -1}, false}), GT_ERR_ARGUMENT, "var: axis -1 is named twice");
    expect_error(gt_max(tape, x, &(gt_axes){.count = -1}), GT_ERR_ARGUMENT, "max: -1 axes");
    expect_error(gt_min(tape, x, &(gt_axes){.count = 9}), GT_ERR_ARGUMENT, "min: 9 axes");
    expect_error(gt_argmax(tape, x, 2), GT_ERR_ARGUMENT, "argmax: axis 2 is out of range for (2, 3)");
    expect_error(gt_argmax(tape, x, -3), GT_ERR_ARGUMENT, "argmax: axis -3 is out of range for (2, 3)");
}
END_TEST

START_TEST(nothing_has_no_greatest)
{
    gt_tensor *x = own(gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 2)));
    expect_error(gt_max(tape, x, AXIS(0)), GT_ERR_SHAPE, "max: an axis of size 0 is reduced, of (0, 2)");
    expect_error(gt_min(tape, x, NULL), GT_ERR_SHAPE, "min: an axis of size 0");
    expect_error(gt_argmax(tape, x, 0), GT_ERR_SHAPE, "argmax: axis 0 of (0, 2) has no entries");
}
END_TEST

START_TEST(bad_inputs_are_reported)
{
    gt_tensor *integers = constant(GT_INT32, GT_SHAPE(2), VALUES(1, 2));
    expect_error(gt_sum(tape, NULL, NULL), GT_ERR_ARGUMENT, "sum: input 0 is NULL");
    expect_error(gt_sum(tape, NULL, AXIS(1)), GT_ERR_ARGUMENT, "sum: input 0 is NULL");
    expect_error(gt_argmax(tape, NULL, 0), GT_ERR_ARGUMENT, "argmax: input 0 is NULL");
    expect_error(gt_sum(tape, integers, NULL), GT_ERR_DTYPE, "sum: input 0 is int32");
    expect_error(gt_argmax(tape, integers, 0), GT_ERR_DTYPE, "argmax: input 0 is int32");
    ck_assert_ptr_null(gt_max(NULL, integers, NULL));
}
END_TEST

int main(void)
{
    return run_suite_with("reductions", open_tape, close_tape,
                          (const suite_test[]){TEST(axes_default_to_all),
                                               TEST(axes_count_from_either_end),
                                               TEST(gradients_by_hand),
                                               TEST(gradient_of_sum_of_squares_is_the_seed_case),
                                               TEST(sum_of_squares_does_not_overflow),
                                               LOOP_TEST(sum_of_squares_of_the_first_numbers, 2),
                                               TEST(nothing_sums_to_zero_and_has_no_mean),
                                               TEST(gradient_of_nothing_has_no_entries),
                                               TEST(sum_of_a_million_tenths_is_exact_to_a_millionth),
                                               TEST(mean_of_ones_is_one),
                                               TEST(variance_survives_a_large_mean),
                                               TEST(variance_of_one_entry_is_flat),
                                               TEST(variance_over_no_axes_is_flat),
                                               TEST(variance_with_zero_cotangent_has_zero_gradient),
                                               TEST(nan_passes_through_max_and_min),
                                               LOOP_TEST(the_first_extreme_of_a_long_row_is_found, isa_count()),
                                               LOOP_TEST(sums_down_columns_are_right_at_any_size, isa_count()),
                                               TEST(infinities_are_ordered),
                                               TEST(first_of_equals_gets_the_gradient),
                                               TEST(max_has_a_second_derivative),
                                               TEST(argmax_of_rows_is_the_seed_case),
                                               TEST(argmax_takes_the_first_along_any_axis),
                                               TEST(integers_have_no_gradient),
                                               LOOP_TEST(bits_do_not_depend_on_threads, 5),
                                               TEST(axes_out_of_range_or_twice_are_refused),
                                               TEST(nothing_has_no_greatest),
                                               TEST(bad_inputs_are_reported),
                                               END_OF_TESTS});
}
