/* core/shape: dtypes, sizes, limits, broadcasting, text. */
#include "core/shape.h"

#include <math.h>
#include <string.h>

#include "tests/support/suite.h"

START_TEST(dtypes_have_the_sizes_of_their_c_types)
{
    ck_assert_uint_eq(gt_dtype_size(GT_FLOAT32), sizeof(float));
    ck_assert_uint_eq(gt_dtype_size(GT_FLOAT64), sizeof(double));
    ck_assert_uint_eq(gt_dtype_size(GT_INT32), sizeof(int32_t));
    ck_assert_uint_eq(gt_dtype_size(GT_UINT8), sizeof(uint8_t));
    ck_assert_uint_eq(gt_dtype_size((gt_dtype)9), 0);
}
END_TEST

START_TEST(dtypes_are_named_as_numpy_names_them)
{
    ck_assert_str_eq(gt_dtype_name(GT_FLOAT32), "float32");
    ck_assert_str_eq(gt_dtype_name(GT_FLOAT64), "float64");
    ck_assert_str_eq(gt_dtype_name(GT_INT32), "int32");
    ck_assert_str_eq(gt_dtype_name(GT_UINT8), "uint8");
    ck_assert_str_eq(gt_dtype_name((gt_dtype)-1), "unknown dtype");
}
END_TEST

START_TEST(only_floats_are_real)
{
    ck_assert(gt_dtype_is_real(GT_FLOAT32) && gt_dtype_is_real(GT_FLOAT64));
    ck_assert(!gt_dtype_is_real(GT_INT32) && !gt_dtype_is_real(GT_UINT8));
}
END_TEST

START_TEST(shape_macro_counts_its_axes)
{
    gt_shape eight = GT_SHAPE(1, 2, 3, 4, 5, 6, 7, 8);
    ck_assert_int_eq(GT_SHAPE(5).rank, 1);
    ck_assert_int_eq(eight.rank, 8);
    ck_assert_int_eq(eight.dim[7], 8);
    ck_assert_int_eq(GT_SCALAR.rank, 0);
}
END_TEST

START_TEST(shape_of_an_array_equals_the_macro)
{
    gt_shape from_array = gt_shape_of(3, (const int64_t[]){4, 5, 6});
    ck_assert(gt_shape_equal(&from_array, &GT_SHAPE(4, 5, 6)));
}
END_TEST

START_TEST(size_is_the_product_of_the_axes)
{
    ck_assert_int_eq(gt_shape_size(&GT_SHAPE(2, 3, 7)), 42);
    ck_assert_int_eq(gt_shape_size(&GT_SHAPE(2, 0, 7)), 0);
    ck_assert_int_eq(gt_shape_size(&GT_SCALAR), 1);
}
END_TEST

START_TEST(shapes_differ_by_axis_and_by_rank)
{
    ck_assert(!gt_shape_equal(&GT_SHAPE(2, 3), &GT_SHAPE(3, 2)));
    ck_assert(!gt_shape_equal(&GT_SHAPE(1), &GT_SCALAR));
    ck_assert(!gt_shape_equal(&GT_SHAPE(2, 3), &GT_SHAPE(2, 3, 1)));
}
END_TEST

START_TEST(check_accepts_what_memory_can_hold)
{
    ck_assert_int_eq(gt_shape_check("t", GT_FLOAT32, &GT_SHAPE(100, 784)), GT_OK);
    ck_assert_int_eq(gt_shape_check("t", GT_UINT8, &GT_SCALAR), GT_OK);
    ck_assert_int_eq(gt_shape_check("t", GT_FLOAT64, &GT_SHAPE(0, 3)), GT_OK);
}
END_TEST

START_TEST(check_refuses_a_rank_outside_0_to_8)
{
    gt_shape nine = {.rank = 9}, below = {.rank = -1};
    ck_assert_int_eq(gt_shape_check("zeros", GT_FLOAT32, &nine), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_last_error(), "zeros: 9 axes, but a tensor has 0 to 8");
    ck_assert_int_eq(gt_shape_check("zeros", GT_FLOAT32, &below), GT_ERR_SHAPE);
}
END_TEST

START_TEST(check_refuses_a_negative_axis)
{
    ck_assert_int_eq(gt_shape_check("zeros", GT_FLOAT32, &GT_SHAPE(4, -1)), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_last_error(), "zeros: axis 1 of (4, -1) is negative");
}
END_TEST

START_TEST(check_refuses_sizes_that_overflow)
{
    const int64_t big = (int64_t)1 << 32;
    ck_assert_int_eq(gt_shape_check("t", GT_UINT8, &GT_SHAPE(big, big)), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_shape_check("t", GT_UINT8, &GT_SHAPE(big, big, 0)), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_shape_check("t", GT_FLOAT64, &GT_SHAPE(INT64_MAX / 8)), GT_ERR_SHAPE);
}
END_TEST

START_TEST(check_counts_bytes_not_elements)
{
    const int64_t elements = INT64_MAX / 4;
    ck_assert_int_eq(gt_shape_check("t", GT_UINT8, &GT_SHAPE(elements)), GT_OK);
    ck_assert_int_eq(gt_shape_check("t", GT_FLOAT64, &GT_SHAPE(elements)), GT_ERR_SHAPE);
}
END_TEST

START_TEST(check_refuses_an_unknown_dtype)
{
    ck_assert_int_eq(gt_shape_check("t", (gt_dtype)12, &GT_SCALAR), GT_ERR_DTYPE);
    ck_assert_str_eq(gt_last_error(), "t: 12 is not a dtype");
}
END_TEST

START_TEST(broadcast_stretches_ones_and_missing_axes)
{
    gt_shape result;
    ck_assert_int_eq(gt_shape_broadcast("add", &GT_SHAPE(8, 1, 6, 1), &GT_SHAPE(7, 1, 5), &result), GT_OK);
    ck_assert(gt_shape_equal(&result, &GT_SHAPE(8, 7, 6, 5))); /* the example of NumPy's manual */
}
END_TEST

START_TEST(broadcast_stretches_one_to_zero)
{
    gt_shape result;
    ck_assert_int_eq(gt_shape_broadcast("add", &GT_SHAPE(3, 1), &GT_SHAPE(0), &result), GT_OK);
    ck_assert(gt_shape_equal(&result, &GT_SHAPE(3, 0)));
}
END_TEST

START_TEST(broadcast_with_a_scalar_keeps_the_shape)
{
    gt_shape result;
    ck_assert_int_eq(gt_shape_broadcast("add", &GT_SCALAR, &GT_SHAPE(3, 4), &result), GT_OK);
    ck_assert(gt_shape_equal(&result, &GT_SHAPE(3, 4)));
}
END_TEST

START_TEST(broadcast_names_both_shapes_that_do_not_fit)
{
    gt_shape result;
    ck_assert_int_eq(gt_shape_broadcast("add", &GT_SHAPE(2, 3), &GT_SHAPE(2), &result), GT_ERR_SHAPE);
    ck_assert_str_eq(gt_last_error(), "add: (2, 3) and (2,) do not broadcast");
}
END_TEST

START_TEST(axis_counts_from_either_end)
{
    gt_shape shape = GT_SHAPE(2, 3, 4);
    ck_assert_int_eq(gt_shape_axis(&shape, 0), 0);
    ck_assert_int_eq(gt_shape_axis(&shape, 2), 2);
    ck_assert_int_eq(gt_shape_axis(&shape, -1), 2);
    ck_assert_int_eq(gt_shape_axis(&shape, -3), 0);
}
END_TEST

START_TEST(axis_out_of_range_is_minus_one)
{
    gt_shape shape = GT_SHAPE(2, 3, 4);
    ck_assert_int_eq(gt_shape_axis(&shape, 3), -1);
    ck_assert_int_eq(gt_shape_axis(&shape, -4), -1);
    ck_assert_int_eq(gt_shape_axis(&GT_SCALAR, 0), -1);
}
END_TEST

START_TEST(integers_hold_whole_numbers_in_range)
{
    ck_assert(gt_dtype_holds(GT_INT32, -2147483648.0) && gt_dtype_holds(GT_INT32, 2147483647.0));
    ck_assert(!gt_dtype_holds(GT_INT32, 2147483648.0) && !gt_dtype_holds(GT_INT32, 2.5));
    ck_assert(gt_dtype_holds(GT_UINT8, 255) && gt_dtype_holds(GT_UINT8, 0));
    ck_assert(!gt_dtype_holds(GT_UINT8, 256) && !gt_dtype_holds(GT_UINT8, -1) && !gt_dtype_holds(GT_UINT8, 0.5));
    ck_assert(!gt_dtype_holds(GT_INT32, (double)NAN) && !gt_dtype_holds(GT_UINT8, (double)INFINITY));
    ck_assert(gt_dtype_holds(GT_FLOAT32, (double)NAN) && gt_dtype_holds(GT_FLOAT64, 0.1));
    ck_assert(!gt_dtype_holds((gt_dtype)9, 0));
}
END_TEST

START_TEST(text_is_written_as_python_writes_tuples)
{
    ck_assert_str_eq(gt_shape_text(&GT_SHAPE(100, 784)).text, "(100, 784)");
    ck_assert_str_eq(gt_shape_text(&GT_SHAPE(5)).text, "(5,)");
    ck_assert_str_eq(gt_shape_text(&GT_SCALAR).text, "()");
}
END_TEST

START_TEST(text_has_room_for_the_longest_shape)
{
    const int64_t low = INT64_MIN;
    gt_text text = gt_shape_text(&GT_SHAPE(low, low, low, low, low, low, low, low));
    ck_assert_uint_eq(strlen(text.text), 8 * 20 + 7 * 2 + 2);
}
END_TEST

int main(void)
{
    return run_suite("shape", (const suite_test[]){
                                  TEST(dtypes_have_the_sizes_of_their_c_types),
                                  TEST(dtypes_are_named_as_numpy_names_them),
                                  TEST(only_floats_are_real),
                                  TEST(shape_macro_counts_its_axes),
                                  TEST(shape_of_an_array_equals_the_macro),
                                  TEST(size_is_the_product_of_the_axes),
                                  TEST(shapes_differ_by_axis_and_by_rank),
                                  TEST(check_accepts_what_memory_can_hold),
                                  TEST(check_refuses_a_rank_outside_0_to_8),
                                  TEST(check_refuses_a_negative_axis),
                                  TEST(check_refuses_sizes_that_overflow),
                                  TEST(check_counts_bytes_not_elements),
                                  TEST(check_refuses_an_unknown_dtype),
                                  TEST(broadcast_stretches_ones_and_missing_axes),
                                  TEST(broadcast_stretches_one_to_zero),
                                  TEST(broadcast_with_a_scalar_keeps_the_shape),
                                  TEST(broadcast_names_both_shapes_that_do_not_fit),
                                  TEST(axis_counts_from_either_end),
                                  TEST(axis_out_of_range_is_minus_one),
                                  TEST(integers_hold_whole_numbers_in_range),
                                  TEST(text_is_written_as_python_writes_tuples),
                                  TEST(text_has_room_for_the_longest_shape),
                                  END_OF_TESTS,
                              });
}
