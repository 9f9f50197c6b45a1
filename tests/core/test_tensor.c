/* core/tensor: making, sharing, naming, reading and writing tensors, and what is refused. */
#include "core/tensor.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/tape.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

START_TEST(new_tensor_is_zero)
{
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, GT_SHAPE(2, 3));
    ck_assert_values(tensor, 0, 0, 0, 0, 0, 0);
    ck_assert_int_eq(gt_tensor_rank(tensor), 2);
    ck_assert_int_eq(gt_tensor_dim(tensor, 0), 2);
    ck_assert_int_eq(gt_tensor_dim(tensor, -1), 3);
    ck_assert_int_eq(gt_tensor_dim(tensor, 2), 0);
    ck_assert_int_eq(gt_tensor_device(tensor), GT_CPU);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(large_tensor_is_zero_too)
{
    gt_tensor *tensor = gt_tensor_new(GT_UINT8, GT_SHAPE(100000));
    const uint8_t *values = gt_tensor_data(tensor);
    for (int i = 0; i < 100000; i++)
        ck_assert_uint_eq(values[i], 0);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(contents_are_aligned_to_64)
{
    const int64_t sizes[] = {1, 24, 25, 1000};
    gt_tensor *tensor = gt_tensor_new(GT_FLOAT64, GT_SHAPE(sizes[_i]));
    ck_assert_uint_eq((uintptr_t)gt_tensor_data(tensor) % 64, 0);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(from_copies_the_values)
{
    double values[] = {1, 2, 3};
    gt_tensor *tensor = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3), values);
    values[0] = 99;
    ck_assert_values(tensor, 1, 2, 3);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(borrowed_array_is_used_in_place_and_never_freed)
{
    float values[] = {1, 2};
    gt_tensor *tensor = gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(2), values);
    ck_assert_ptr_eq(gt_tensor_data(tensor), values);
    ((float *)gt_tensor_data_write(tensor))[1] = 5;
    ck_assert(values[1] == 5);
    gt_tensor_free(tensor);
    ck_assert(values[0] == 1);
}
END_TEST

START_TEST(copy_shares_nothing)
{
    gt_tensor *tensor = VECTOR(1, 2), *copy = gt_tensor_copy(tensor);
    ((double *)gt_tensor_data_write(tensor))[0] = 9;
    ck_assert_values(copy, 1, 2);
    gt_tensor_free(tensor);
    gt_tensor_free(copy);
}
END_TEST

START_TEST(rows_share_memory_and_version)
{
    const double values[] = {1, 2, 3, 4, 5, 6};
    gt_tensor *all = gt_tensor_from(GT_FLOAT64, GT_SHAPE(3, 2), values), *rows = gt_tensor_rows(all, 1, 2);
    ck_assert_values(rows, 3, 4, 5, 6);
    uint64_t before = gt_tensor_version(all);
    ((double *)gt_tensor_data_write(rows))[0] = 30;
    ck_assert(gt_tensor_at(all, 2) == 30);
    ck_assert_uint_eq(gt_tensor_version(all), before + 1);
    gt_tensor_free(all);
    ck_assert_values(rows, 30, 4, 5, 6); /* the memory stays for the last view */
    gt_tensor_free(rows);
}
END_TEST

START_TEST(no_rows_at_the_end_are_legal)
{
    gt_tensor *all = VECTOR(1, 2), *none = gt_tensor_rows(all, 2, 0);
    ck_assert_int_eq(gt_tensor_size(none), 0);
    gt_tensor_free(none);
    gt_tensor_free(all);
}
END_TEST

START_TEST(rows_outside_are_refused)
{
    static const int64_t outside[][2] = {{-1, 1}, {0, 3}, {2, 1}, {3, 0}, {0, -1}, {INT64_MAX, INT64_MAX}};
    gt_tensor *all = VECTOR(1, 2);
    ck_assert_ptr_null(gt_tensor_rows(all, outside[_i][0], outside[_i][1]));
    ck_assert_contains(gt_last_error(), "gt_tensor_rows: ");
    ck_assert_contains(gt_last_error(), "(2,)");
    gt_tensor_free(all);
}
END_TEST

START_TEST(scalar_has_no_rows)
{
    gt_tensor *scalar = gt_tensor_scalar(GT_FLOAT32, 1);
    ck_assert_ptr_null(gt_tensor_rows(scalar, 0, 1));
    gt_tensor_free(scalar);
}
END_TEST

START_TEST(scalar_must_fit_its_dtype)
{
    ck_assert_ptr_null(gt_tensor_scalar(GT_INT32, 2.5));
    ck_assert_str_eq(gt_last_error(), "gt_tensor_scalar: 2.5 is no int32");
    ck_assert_ptr_null(gt_tensor_scalar(GT_UINT8, 256));
    ck_assert_int_eq(gt_last_status(), GT_ERR_VALUE);
}
END_TEST

START_TEST(scalar_of_each_dtype)
{
    for (int dtype = GT_FLOAT32; dtype <= GT_UINT8; dtype++) {
        gt_tensor *scalar = gt_tensor_scalar((gt_dtype)dtype, 7);
        ck_assert(gt_tensor_item(scalar) == 7);
        ck_assert_int_eq(gt_tensor_rank(scalar), 0);
        ck_assert_int_eq(gt_tensor_size(scalar), 1);
        gt_tensor_free(scalar);
    }
}
END_TEST

START_TEST(integer_scalar_refuses_what_it_cannot_hold)
{
    static const struct {
        gt_dtype dtype;
        double value;
    } cases[] = {{GT_INT32, 3e9},  {GT_INT32, -3e9}, {GT_INT32, (double)NAN},
                 {GT_UINT8, -1.0}, {GT_UINT8, 256},  {GT_UINT8, (double)INFINITY}};
    ck_assert_ptr_null(gt_tensor_scalar(cases[_i].dtype, cases[_i].value));
    ck_assert_contains(gt_last_error(), gt_dtype_name(cases[_i].dtype));
}
END_TEST

START_TEST(impossible_shapes_are_refused)
{
    const gt_shape shapes[] = {GT_SHAPE(2, -1), GT_SHAPE(INT64_MAX, INT64_MAX), {9, {0}}, {-1, {0}}};
    ck_assert_ptr_null(gt_tensor_new(GT_FLOAT32, shapes[_i]));
    ck_assert_str_ne(gt_last_error(), "");
}
END_TEST

START_TEST(unknown_dtype_is_refused)
{
    ck_assert_ptr_null(gt_tensor_new((gt_dtype)9, GT_SHAPE(2)));
    ck_assert_contains(gt_last_error(), "9 is not a dtype");
}
END_TEST

START_TEST(null_values_are_refused)
{
    ck_assert_ptr_null(gt_tensor_from(GT_FLOAT32, GT_SHAPE(2), NULL));
    ck_assert_ptr_null(gt_tensor_borrow(GT_FLOAT32, GT_SHAPE(2), NULL));
}
END_TEST

START_TEST(missing_device_is_refused)
{
    setenv("GRADTAPE_CUDA", "/nowhere/libgradtape_cuda.so", 1);
    ck_assert_ptr_null(gt_tensor_new_on(GT_CUDA, GT_FLOAT32, GT_SHAPE(2)));
    ck_assert_str_eq(gt_last_error(),
                     "device cuda: not available: GRADTAPE_CUDA: /nowhere/libgradtape_cuda.so: cannot open shared "
                     "object file: No such file or directory");
}
END_TEST

START_TEST(every_accessor_accepts_null)
{
    ck_assert_int_eq(gt_tensor_dtype(NULL), GT_FLOAT32);
    ck_assert_int_eq(gt_tensor_shape(NULL).rank, 0);
    ck_assert_int_eq(gt_tensor_rank(NULL), 0);
    ck_assert_int_eq(gt_tensor_dim(NULL, 0), 0);
    ck_assert_int_eq(gt_tensor_size(NULL), 0);
    ck_assert_int_eq(gt_tensor_device(NULL), GT_CPU);
    ck_assert_ptr_null(gt_tensor_name(NULL));
    ck_assert(!gt_tensor_trainable(NULL));
    ck_assert_uint_eq(gt_tensor_version(NULL), 0);
    ck_assert_uint_eq(gt_tensor_serial(NULL), 0);
    ck_assert_ptr_null(gt_tensor_data(NULL));
    ck_assert_ptr_null(gt_tensor_data_write(NULL));
    ck_assert_ptr_null(gt_tensor_copy(NULL));
    ck_assert_ptr_null(gt_tensor_rows(NULL, 0, 0));
    ck_assert(isnan(gt_tensor_item(NULL)));
    ck_assert(isnan(gt_tensor_at(NULL, 0)));
    ck_assert_int_eq(gt_tensor_set_name(NULL, "x"), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_set_trainable(NULL, true), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_read(NULL, NULL, 0), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_write(NULL, NULL, 0), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_print(NULL, print_into, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_free(NULL), GT_OK);
}
END_TEST

START_TEST(parameter_is_trainable_and_named)
{
    char name[] = "dense/kernel";
    gt_tensor *parameter = gt_parameter_new(name, GT_FLOAT32, GT_SHAPE(2));
    name[0] = 'x'; /* it was copied */
    ck_assert_str_eq(gt_tensor_name(parameter), "dense/kernel");
    ck_assert(gt_tensor_trainable(parameter));
    ck_assert_int_eq(gt_tensor_set_trainable(parameter, false), GT_OK);
    ck_assert(!gt_tensor_trainable(parameter));
    ck_assert_int_eq(gt_tensor_set_name(parameter, NULL), GT_OK);
    ck_assert_ptr_null(gt_tensor_name(parameter));
    gt_tensor_free(parameter);
}
END_TEST

START_TEST(integer_parameter_is_refused)
{
    ck_assert_ptr_null(gt_parameter_new("labels", GT_INT32, GT_SHAPE(2)));
    ck_assert_contains(gt_last_error(), "int32 has no derivative");
}
END_TEST

START_TEST(every_write_bumps_the_version)
{
    gt_tensor *tensor = VECTOR(1, 2);
    uint64_t before = gt_tensor_version(tensor);
    gt_tensor_data(tensor);
    ck_assert_uint_eq(gt_tensor_version(tensor), before);
    gt_tensor_data_write(tensor);
    ck_assert_uint_eq(gt_tensor_version(tensor), before + 1);
    ck_assert_int_eq(gt_tensor_write(tensor, (const double[]){3, 4}, 16), GT_OK);
    ck_assert_uint_eq(gt_tensor_version(tensor), before + 2);
    ck_assert_values(tensor, 3, 4);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(refused_write_changes_nothing)
{
    gt_tensor *tensor = VECTOR(1, 2);
    ck_assert_int_eq(gt_tensor_write(tensor, (const double[]){3, 4}, 8), GT_ERR_ARGUMENT);
    ck_assert_str_eq(gt_last_error(), "gt_tensor_write: 8 bytes given, float64 (2,) has 16");
    ck_assert_int_eq(gt_tensor_write(tensor, NULL, 16), GT_ERR_ARGUMENT);
    ck_assert_uint_eq(gt_tensor_version(tensor), 0);
    ck_assert_values(tensor, 1, 2);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(read_copies_out)
{
    gt_tensor *tensor = VECTOR(1, 2);
    double values[2] = {0};
    ck_assert_int_eq(gt_tensor_read(tensor, values, sizeof values), GT_OK);
    ck_assert(values[0] == 1 && values[1] == 2);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(item_needs_a_single_number)
{
    gt_tensor *tensor = gt_parameter_from("pair", GT_FLOAT64, GT_SHAPE(2), (const double[]){1, 2});
    ck_assert(isnan(gt_tensor_item(tensor)));
    ck_assert_str_eq(gt_last_error(), "gt_tensor_item: 'pair' (2,) is not a single number");
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(values_are_assigned_between_float_dtypes)
{
    gt_tensor *wide = VECTOR(0.1, 1e300, -2), *other = VECTOR(7, 8, 9);
    gt_tensor *narrow = gt_tensor_new(GT_FLOAT32, GT_SHAPE(3)), *rows = gt_tensor_rows(wide, 0, 3);
    const uint64_t version = gt_tensor_version(narrow);
    ck_assert_int_eq(gt_tensor_assign(narrow, wide), GT_OK);
    ck_assert_values(narrow, (double)0.1f, (double)INFINITY, -2);
    ck_assert_uint_gt(gt_tensor_version(narrow), version);
    ck_assert_int_eq(gt_tensor_assign(other, narrow), GT_OK);
    ck_assert_values(other, (double)0.1f, (double)INFINITY, -2);
    ck_assert_int_eq(gt_tensor_assign(wide, rows), GT_OK); /* of itself */
    ck_assert_values(wide, 0.1, 1e300, -2);
    gt_tensor *const all[] = {wide, other, narrow, rows};
    for (int i = 0; i < 4; i++)
        gt_tensor_free(all[i]);
}
END_TEST

START_TEST(what_does_not_fit_is_not_assigned)
{
    gt_tensor *x = VECTOR(1, 2), *longer = VECTOR(1, 2, 3), *whole = gt_tensor_new(GT_INT32, GT_SHAPE(2));
    ck_assert_int_eq(gt_tensor_assign(x, longer), GT_ERR_SHAPE);
    ck_assert_contains(gt_last_error(), "cannot be set to a tensor (3,)");
    ck_assert_int_eq(gt_tensor_assign(x, whole), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_tensor_assign(whole, x), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_tensor_assign(NULL, x), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_assign(x, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tensor_assign(whole, whole), GT_OK);
    ck_assert_values(x, 1, 2);
    gt_tensor *const all[] = {x, longer, whole};
    for (int i = 0; i < 3; i++)
        gt_tensor_free(all[i]);
}
END_TEST

START_TEST(element_outside_is_refused)
{
    gt_tensor *tensor = VECTOR(1, 2);
    ck_assert(isnan(gt_tensor_at(tensor, 2)));
    ck_assert(isnan(gt_tensor_at(tensor, -1)));
    ck_assert_contains(gt_last_error(), "no element -1 in (2,)");
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(serials_are_never_used_again)
{
    gt_tensor *tensor = VECTOR(1);
    uint64_t first = gt_tensor_serial(tensor);
    gt_tensor_free(tensor);
    tensor = VECTOR(1);
    ck_assert_uint_ne(gt_tensor_serial(tensor), first);
    gt_tensor_free(tensor);
}
END_TEST

START_TEST(empty_tensor_works)
{
    gt_tensor *empty = gt_tensor_new(GT_FLOAT32, GT_SHAPE(0, 5)), *copy = gt_tensor_copy(empty);
    ck_assert_int_eq(gt_tensor_size(copy), 0);
    ck_assert_ptr_nonnull(gt_tensor_data(empty));
    ck_assert_int_eq(gt_tensor_read(empty, &(float){0}, 0), GT_OK);
    gt_tensor_free(empty);
    gt_tensor_free(copy);
}
END_TEST

START_TEST(out_of_memory_is_an_error)
{
    gt_tensor *small = VECTOR(1);
    gt_memory_limit(gt_memory_reserved() + 1);
    ck_assert_ptr_null(gt_tensor_new(GT_FLOAT32, GT_SHAPE(1 << 20)));
    ck_assert_contains(gt_last_error(), "out of memory");
    gt_memory_limit(0);
    gt_tensor_free(small);
}
END_TEST

int main(void)
{
    return run_suite("tensor", (const suite_test[]){
                                   TEST(new_tensor_is_zero),
                                   TEST(large_tensor_is_zero_too),
                                   LOOP_TEST(contents_are_aligned_to_64, 4),
                                   TEST(from_copies_the_values),
                                   TEST(borrowed_array_is_used_in_place_and_never_freed),
                                   TEST(copy_shares_nothing),
                                   TEST(rows_share_memory_and_version),
                                   TEST(no_rows_at_the_end_are_legal),
                                   LOOP_TEST(rows_outside_are_refused, 6),
                                   TEST(scalar_has_no_rows),
                                   TEST(scalar_must_fit_its_dtype),
                                   TEST(scalar_of_each_dtype),
                                   LOOP_TEST(integer_scalar_refuses_what_it_cannot_hold, 6),
                                   LOOP_TEST(impossible_shapes_are_refused, 4),
                                   TEST(unknown_dtype_is_refused),
                                   TEST(null_values_are_refused),
                                   TEST(missing_device_is_refused),
                                   TEST(every_accessor_accepts_null),
                                   TEST(parameter_is_trainable_and_named),
                                   TEST(integer_parameter_is_refused),
                                   TEST(every_write_bumps_the_version),
                                   TEST(refused_write_changes_nothing),
                                   TEST(read_copies_out),
                                   TEST(item_needs_a_single_number),
                                   TEST(values_are_assigned_between_float_dtypes),
                                   TEST(what_does_not_fit_is_not_assigned),
                                   TEST(element_outside_is_refused),
                                   TEST(serials_are_never_used_again),
                                   TEST(empty_tensor_works),
                                   TEST(out_of_memory_is_an_error),
                                   END_OF_TESTS,
                               });
}
