/* models/digits, subset, one_hot_encoder: the shipped digits, chosen and shuffled rows, labels there and back. */
#include "models/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/memory.h"
#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* ---- digits ---------------------------------------------------------------------------------------------------- */

/* The shipped digits. A build without zlib must refuse them, and says so: then false. */
static bool read_shipped(bool as_images, gt_digits *digits)
{
    const unsigned char magic[] = {0x1f, 0x8b};
    ck_assert_ptr_null(gt_idx_parse("probe", magic, sizeof magic));
    const bool packed_can_be_read = !strstr(gt_last_error(), "no zlib");
    const gt_status status = gt_digits_read(TEST_SOURCE "/models/digits", as_images, digits);
    if (packed_can_be_read) {
        ck_assert_msg(status == GT_OK, "%s", gt_last_error());
        return true;
    }
    ck_assert_int_eq(status, GT_ERR_UNSUPPORTED);
    assert_message("/models/digits/train-images-idx3-ubyte.gz: gzip: this build has no zlib; unpack the file first");
    return false;
}

static void assert_classes(const gt_tensor *labels, int expected)
{
    int count[10] = {0};
    const int32_t *label = gt_tensor_data(labels);
    for (int64_t i = 0; i < gt_tensor_size(labels); i++)
        count[label[i]]++;
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(count[i], expected);
}

START_TEST(the_shipped_digits_are_4000_and_1000_of_ten_classes)
{
    gt_digits digits;
    if (!read_shipped(false, &digits))
        return;
    ck_assert_int_eq(gt_tensor_dim(digits.train_x, 0), 4000);
    ck_assert_int_eq(gt_tensor_dim(digits.train_x, 1), 784);
    ck_assert_int_eq(gt_tensor_dim(digits.test_x, 0), 1000);
    assert_classes(digits.train_y, 400);
    assert_classes(digits.test_y, 100);
    float low = 1, high = 0;
    const float *x = gt_tensor_data(digits.test_x);
    for (int64_t i = 0; i < gt_tensor_size(digits.test_x); i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    ck_assert_float_eq(low, 0);
    ck_assert_float_eq(high, 1);
    gt_digits_free(&digits);
    ck_assert_ptr_null(digits.train_x);
}
END_TEST

START_TEST(digits_can_be_images)
{
    gt_digits digits;
    if (!read_shipped(true, &digits))
        return;
    const gt_shape shape = gt_tensor_shape(digits.test_x);
    ck_assert_str_eq(gt_shape_text(&shape).text, "(1000, 28, 28, 1)");
    gt_digits_free(&digits);
}
END_TEST

START_TEST(a_missing_folder_is_named)
{
    gt_digits digits;
    ck_assert_int_eq(gt_digits_read("/no/such", false, &digits), GT_ERR_IO);
    assert_message("/no/such/train-images-idx3-ubyte");
    ck_assert_ptr_null(digits.train_x);
    ck_assert_int_eq(gt_digits_read(NULL, false, &digits), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_digits_read("/", false, NULL), GT_ERR_ARGUMENT);
    gt_digits_free(NULL);
}
END_TEST

/* One black image, or what stands for it, and its label in a folder of their own. */
static void write_file(const char *name, const unsigned char *header, size_t length, size_t zeros)
{
    FILE *file = fopen(scratch_path(name), "wb");
    ck_assert_ptr_nonnull(file);
    fwrite(header, 1, length, file);
    for (size_t i = 0; i < zeros; i++)
        fputc(0, file);
    fclose(file);
}

static const char *const files[] = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
                                    "t10k-labels-idx1-ubyte"};

static gt_status read_with(unsigned char side, unsigned char label, unsigned char labels, gt_digits *digits)
{
    scratch_make();
    const unsigned char images[] = {0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, side, 0, 0, 0, 28};
    const unsigned char one[] = {0, 0, 8, 1, 0, 0, 0, 1, 7}, other[] = {0, 0, 8, 1, 0, 0, 0, labels, label};
    write_file(files[0], (const unsigned char[]){0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 28, 0, 0, 0, 28}, 16, 784);
    write_file(files[1], one, sizeof one, 0);
    write_file(files[2], images, sizeof images, (size_t)side * 28);
    write_file(files[3], other, sizeof other, (size_t)labels - 1);
    gt_status status = gt_digits_read(scratch_folder, false, digits);
    scratch_remove();
    return status;
}

START_TEST(files_without_gz_are_read)
{
    gt_digits digits;
    ck_assert_msg(read_with(28, 3, 1, &digits) == GT_OK, "%s", gt_last_error());
    ck_assert_double_eq(gt_tensor_at(digits.train_y, 0), 7);
    ck_assert_double_eq(gt_tensor_at(digits.test_y, 0), 3);
    gt_digits_free(&digits);
}
END_TEST

START_TEST(files_that_are_no_digits_are_refused)
{
    gt_digits digits;
    ck_assert_int_eq(read_with(27, 3, 1, &digits), GT_ERR_FORMAT);
    assert_message("uint8 (1, 27, 28): images uint8 (n, 28, 28) are expected");
    ck_assert_ptr_null(digits.train_x);
    ck_assert_int_eq(read_with(28, 10, 1, &digits), GT_ERR_VALUE);
    assert_message("label 0 is 10");
    ck_assert_int_eq(read_with(28, 3, 2, &digits), GT_ERR_FORMAT);
    assert_message("one label for each of 1 images");
}
END_TEST

START_TEST(without_memory_digits_are_not_read)
{
    gt_digits digits;
    gt_memory_trim();
    gt_memory_limit(1);
    gt_tensor *taken[1000]; /* what the cache still has */
    int count = 0;
    while (count < 1000 && (taken[count] = gt_tensor_new(GT_UINT8, GT_SHAPE(1 << 12))))
        count++;
    gt_status status = read_with(28, 3, 1, &digits);
    gt_memory_limit(0);
    ck_assert_int_eq(status, GT_ERR_MEMORY);
    ck_assert_ptr_null(digits.train_x);
    while (count > 0)
        gt_tensor_free(taken[--count]);
}
END_TEST

/* ---- subset, shuffle ------------------------------------------------------------------------------------------- */

typedef struct rows {
    gt_tensor *x, *y;
} rows;

/* Row i of x is (i, 10 i); the labels are 2 0 1 0 2 0. */
static rows six_rows(void)
{
    float x[12];
    for (int i = 0; i < 6; i++) {
        x[2 * i] = (float)i;
        x[2 * i + 1] = (float)(10 * i);
    }
    const int32_t y[] = {2, 0, 1, 0, 2, 0};
    return (rows){gt_tensor_from(GT_FLOAT32, GT_SHAPE(6, 2), x), gt_tensor_from(GT_INT32, GT_SHAPE(6), y)};
}

static void free_rows(rows r)
{
    gt_tensor_free(r.x);
    gt_tensor_free(r.y);
}

static void assert_rows(rows r, int count, const int *expected)
{
    ck_assert_int_eq(gt_tensor_dim(r.x, 0), count);
    ck_assert_int_eq(gt_tensor_dim(r.y, 0), count);
    const int labels[] = {2, 0, 1, 0, 2, 0};
    for (int i = 0; i < count; i++) {
        ck_assert_double_eq(gt_tensor_at(r.x, 2 * i), expected[i]);
        ck_assert_double_eq(gt_tensor_at(r.x, 2 * i + 1), 10 * expected[i]);
        ck_assert_double_eq(gt_tensor_at(r.y, i), labels[expected[i]]);
    }
}

START_TEST(a_subset_keeps_the_order)
{
    rows all = six_rows(), some;
    ck_assert_int_eq(gt_subset(all.x, all.y, 2, (const int32_t[]){1, 2}, 0, &some.x, &some.y), GT_OK);
    assert_rows(some, 3, (const int[]){0, 2, 4});
    free_rows(some);
    free_rows(all);
}
END_TEST

START_TEST(a_subset_has_at_most_so_many_rows)
{
    rows all = six_rows(), some;
    ck_assert_int_eq(gt_subset(all.x, all.y, 2, (const int32_t[]){0, 2}, 3, &some.x, &some.y), GT_OK);
    assert_rows(some, 3, (const int[]){0, 1, 3});
    free_rows(some);
    ck_assert_int_eq(gt_subset(all.x, all.y, 1, (const int32_t[]){1}, 100, &some.x, &some.y), GT_OK);
    assert_rows(some, 1, (const int[]){2});
    free_rows(some);
    free_rows(all);
}
END_TEST

START_TEST(a_class_that_does_not_occur_is_an_error)
{
    rows all = six_rows(), some;
    ck_assert_int_eq(gt_subset(all.x, all.y, 2, (const int32_t[]){0, 7}, 0, &some.x, &some.y), GT_ERR_VALUE);
    assert_message("no row has the label 7");
    ck_assert_ptr_null(some.x);
    free_rows(all);
}
END_TEST

START_TEST(subsets_refuse_what_does_not_fit)
{
    rows all = six_rows(), some;
    gt_tensor *five = gt_tensor_rows(all.y, 0, 5);
    const int32_t zero = 0;
    ck_assert_int_eq(gt_subset(all.x, five, 1, &zero, 0, &some.x, &some.y), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_subset(all.x, all.x, 1, &zero, 0, &some.x, &some.y), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_subset(all.x, all.y, 0, &zero, 0, &some.x, &some.y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_subset(all.x, all.y, 1, NULL, 0, &some.x, &some.y), GT_ERR_ARGUMENT);
    assert_message("the list of classes is NULL");
    ck_assert_int_eq(gt_subset(all.x, all.y, 1, &zero, -1, &some.x, &some.y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_subset(NULL, all.y, 1, &zero, 0, &some.x, &some.y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_subset(all.x, NULL, 1, &zero, 0, &some.x, &some.y), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_subset(all.x, all.y, 1, &zero, 0, NULL, &some.y), GT_ERR_ARGUMENT);
    gt_tensor_free(five);
    free_rows(all);
}
END_TEST

START_TEST(shuffling_keeps_rows_and_labels_together)
{
    rows all = six_rows(), mixed, again;
    ck_assert_int_eq(gt_shuffle(all.x, all.y, 1, &mixed.x, &mixed.y), GT_OK);
    ck_assert_int_eq(gt_shuffle(all.x, all.y, 1, &again.x, &again.y), GT_OK);
    int order[6], seen = 0;
    for (int i = 0; i < 6; i++) {
        order[i] = (int)gt_tensor_at(mixed.x, 2 * i);
        seen |= 1 << order[i];
    }
    ck_assert_int_eq(seen, 63);
    assert_rows(mixed, 6, order);
    assert_rows(again, 6, order);
    free_rows(again);
    free_rows(mixed);
    free_rows(all);
}
END_TEST

START_TEST(another_seed_shuffles_otherwise)
{
    gt_tensor *x = gt_tensor_new(GT_INT32, GT_SHAPE(1000)), *first, *second;
    int32_t *values = gt_tensor_data_write(x);
    for (int32_t i = 0; i < 1000; i++)
        values[i] = i;
    ck_assert_int_eq(gt_shuffle(x, NULL, 1, &first, NULL), GT_OK);
    ck_assert_int_eq(gt_shuffle(x, NULL, 2, &second, NULL), GT_OK);
    ck_assert_mem_ne(gt_tensor_data(first), gt_tensor_data(second), 4000);
    ck_assert_mem_ne(gt_tensor_data(first), gt_tensor_data(x), 4000);
    gt_tensor_free(first);
    gt_tensor_free(second);
    gt_tensor_free(x);
}
END_TEST

START_TEST(nothing_can_be_shuffled)
{
    gt_tensor *none = gt_tensor_new(GT_UINT8, GT_SHAPE(0, 28)), *shuffled, *number = gt_tensor_scalar(GT_INT32, 1);
    ck_assert_int_eq(gt_shuffle(none, NULL, 1, &shuffled, NULL), GT_OK);
    ck_assert_int_eq(gt_tensor_dim(shuffled, 1), 28);
    gt_tensor_free(shuffled);
    ck_assert_int_eq(gt_shuffle(number, NULL, 1, &shuffled, NULL), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_shuffle(none, none, 1, &shuffled, NULL), GT_ERR_ARGUMENT);
    gt_tensor_free(number);
    gt_tensor_free(none);
}
END_TEST

/* ---- one-hot ---------------------------------------------------------------------------------------------------- */

START_TEST(forward_fits_to_sorted_unique_labels)
{
    gt_one_hot_encoder *encoder = gt_one_hot_encoder_new();
    gt_tensor *labels = gt_tensor_from(GT_INT32, GT_SHAPE(4), (const int32_t[]){30, -1, 30, 7});
    gt_tensor *one_hot = gt_one_hot_encoder_forward(encoder, labels);
    const float expected[] = {0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0};
    ck_assert_int_eq(gt_one_hot_encoder_classes(encoder), 3);
    ck_assert_int_eq(gt_tensor_dim(one_hot, 1), 3);
    ck_assert_mem_eq(gt_tensor_data(one_hot), expected, sizeof expected);
    gt_tensor *back = gt_one_hot_encoder_inverse(encoder, one_hot);
    ck_assert_mem_eq(gt_tensor_data(back), gt_tensor_data(labels), 16);
    gt_tensor_free(back);
    gt_tensor_free(one_hot);
    gt_tensor_free(labels);
    gt_one_hot_encoder_free(encoder);
}
END_TEST

START_TEST(a_label_it_was_not_fitted_to_is_an_error)
{
    gt_one_hot_encoder *encoder = gt_one_hot_encoder_new();
    gt_tensor *labels = gt_tensor_from(GT_INT32, GT_SHAPE(3), (const int32_t[]){1, 2, 3});
    gt_tensor *fewer = gt_tensor_rows(labels, 0, 2);
    ck_assert_int_eq(gt_one_hot_encoder_fit(encoder, fewer), GT_OK);
    ck_assert_ptr_null(gt_one_hot_encoder_forward(encoder, labels));
    assert_message("label 2 is 3, which the encoder was not fitted to");
    ck_assert_int_eq(gt_one_hot_encoder_fit(encoder, labels), GT_OK);
    ck_assert_int_eq(gt_one_hot_encoder_classes(encoder), 3);
    gt_tensor_free(fewer);
    gt_tensor_free(labels);
    gt_one_hot_encoder_free(encoder);
}
END_TEST

START_TEST(inverse_takes_the_first_maximum_of_a_row)
{
    gt_one_hot_encoder *encoder = gt_one_hot_encoder_new();
    gt_tensor *labels = gt_tensor_from(GT_INT32, GT_SHAPE(2), (const int32_t[]){4, 5});
    gt_tensor *soft = gt_tensor_from(GT_FLOAT64, GT_SHAPE(2, 2), (const double[]){.5, .5, .1, .9});
    gt_one_hot_encoder_fit(encoder, labels);
    gt_tensor *back = gt_one_hot_encoder_inverse(encoder, soft);
    ck_assert_double_eq(gt_tensor_at(back, 0), 4);
    ck_assert_double_eq(gt_tensor_at(back, 1), 5);
    gt_tensor_free(back);
    gt_tensor_free(soft);
    gt_tensor_free(labels);
    gt_one_hot_encoder_free(encoder);
}
END_TEST

START_TEST(inverse_takes_nan_for_a_maximum)
{
    gt_one_hot_encoder *encoder = gt_one_hot_encoder_new();
    gt_tensor *labels = gt_tensor_from(GT_INT32, GT_SHAPE(3), (const int32_t[]){4, 5, 6});
    gt_tensor *rows_of_nan = gt_tensor_from(GT_FLOAT64, GT_SHAPE(1, 3), (const double[]){1, (double)NAN, 2});
    gt_one_hot_encoder_fit(encoder, labels);
    gt_tensor *back = gt_one_hot_encoder_inverse(encoder, rows_of_nan);
    ck_assert_double_eq(gt_tensor_at(back, 0), 5);
    gt_tensor_free(back);
    gt_tensor_free(rows_of_nan);
    gt_tensor_free(labels);
    gt_one_hot_encoder_free(encoder);
}
END_TEST

START_TEST(encoders_refuse_what_is_no_list_of_labels)
{
    gt_one_hot_encoder *encoder = gt_one_hot_encoder_new();
    gt_tensor *bytes = gt_tensor_new(GT_UINT8, GT_SHAPE(2)), *matrix = gt_tensor_new(GT_INT32, GT_SHAPE(2, 1)),
              *none = gt_tensor_new(GT_INT32, GT_SHAPE(0));
    ck_assert_int_eq(gt_one_hot_encoder_fit(encoder, bytes), GT_ERR_DTYPE);
    ck_assert_int_eq(gt_one_hot_encoder_fit(encoder, matrix), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_one_hot_encoder_fit(encoder, none), GT_ERR_SHAPE);
    ck_assert_int_eq(gt_one_hot_encoder_fit(encoder, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_one_hot_encoder_fit(NULL, matrix), GT_ERR_ARGUMENT);
    ck_assert_ptr_null(gt_one_hot_encoder_inverse(encoder, matrix));
    assert_message("was not fitted");
    ck_assert_ptr_null(gt_one_hot_encoder_inverse(NULL, matrix));
    ck_assert_int_eq(gt_one_hot_encoder_classes(NULL), 0);
    gt_tensor_free(bytes);
    gt_tensor_free(matrix);
    gt_tensor_free(none);
    gt_one_hot_encoder_free(encoder);
    gt_one_hot_encoder_free(NULL);
}
END_TEST

int main(void)
{
    return run_suite("data", (const suite_test[]){
                                 TEST(the_shipped_digits_are_4000_and_1000_of_ten_classes),
                                 TEST(digits_can_be_images),
                                 TEST(a_missing_folder_is_named),
                                 TEST(files_without_gz_are_read),
                                 TEST(files_that_are_no_digits_are_refused),
                                 TEST(without_memory_digits_are_not_read),
                                 TEST(a_subset_keeps_the_order),
                                 TEST(a_subset_has_at_most_so_many_rows),
                                 TEST(a_class_that_does_not_occur_is_an_error),
                                 TEST(subsets_refuse_what_does_not_fit),
                                 TEST(shuffling_keeps_rows_and_labels_together),
                                 TEST(another_seed_shuffles_otherwise),
                                 TEST(nothing_can_be_shuffled),
                                 TEST(forward_fits_to_sorted_unique_labels),
                                 TEST(a_label_it_was_not_fitted_to_is_an_error),
                                 TEST(inverse_takes_the_first_maximum_of_a_row),
                                 TEST(inverse_takes_nan_for_a_maximum),
                                 TEST(encoders_refuse_what_is_no_list_of_labels),
                                 END_OF_TESTS,
                             });
}
