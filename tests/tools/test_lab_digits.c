/* tools/lab_digits: images cut by hand-worked boxes, files read, and every way they can be wrong. */
#include <math.h>

#include "tests/support/messages.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/lab.h"

enum { BIG = LAB_IMAGE_SIDE, SMALL = 20, PIXELS = SMALL * SMALL };

/* ---- cutting ---------------------------------------------------------------------------------------------------- */

/* The pixel of an upright 20x20 digit that is stored column by column. */
static double pixel(const float *digit, int row, int column)
{
    return (double)digit[column * SMALL + row];
}

static double sum(const float *values, int count)
{
    double result = 0;
    for (int i = 0; i < count; i++)
        result += (double)values[i];
    return result;
}

/* Three rows and two columns of ink, near a corner: they come to the middle, and stay upright. */
START_TEST(the_box_with_ink_comes_to_the_middle)
{
    float image[BIG * BIG] = {0}, digit[PIXELS];
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 2; column++)
            image[(20 + row) * BIG + 25 + column] = (float)(1 + 2 * row + column) / 8;
    lab_digit_cut(image, digit);
    for (int row = 0; row < 3; row++)
        for (int column = 0; column < 2; column++)
            ck_assert_double_eq(pixel(digit, 8 + row, 9 + column), (1 + 2 * row + column) / 8.0);
    ck_assert_double_eq(sum(digit, PIXELS), 21 / 8.0);
}
END_TEST

START_TEST(a_box_of_20_is_moved_and_not_scaled)
{
    float image[BIG * BIG] = {0}, digit[PIXELS];
    for (int i = 0; i < SMALL; i++)
        for (int k = 0; k < SMALL; k++)
            image[(7 + i) * BIG + 1 + k] = (float)(1 + i * SMALL + k) / 512;
    lab_digit_cut(image, digit);
    for (int i = 0; i < SMALL; i++)
        for (int k = 0; k < SMALL; k++)
            ck_assert_double_eq(pixel(digit, i, k), (1 + i * SMALL + k) / 512.0);
}
END_TEST

/* 28 pixels become 20, so each is the mean over 1.4 x 1.4: the first is 1 whole, 2 of 0.4 and 1 of 0.16. */
START_TEST(a_larger_box_is_scaled_by_area)
{
    float image[BIG * BIG], digit[PIXELS];
    gt_random random = gt_random_new(3, 0);
    gt_random_uniform(&random, GT_FLOAT32, BIG * BIG, 0.1, 1, image);
    lab_digit_cut(image, digit);
    const double first =
        (double)image[0] + 0.4 * (double)image[1] + 0.4 * (double)image[BIG] + 0.16 * (double)image[BIG + 1];
    ck_assert_double_eq_tol(pixel(digit, 0, 0), first / 1.96, 1e-6);
    const double right = (double)image[BIG - 1] + 0.4 * (double)image[BIG - 2] + 0.4 * (double)image[2 * BIG - 1] +
                         0.16 * (double)image[2 * BIG - 2];
    ck_assert_double_eq_tol(pixel(digit, 0, SMALL - 1), right / 1.96, 1e-6);
    ck_assert_double_eq_tol(1.96 * sum(digit, PIXELS), sum(image, BIG * BIG), 1e-3); /* no ink is lost */
}
END_TEST

/* 28 by 14: the shorter side is scaled by the same factor, to 10, and centred. */
START_TEST(the_sides_are_scaled_alike)
{
    float image[BIG * BIG] = {0}, digit[PIXELS];
    for (int row = 0; row < BIG; row++)
        for (int column = 3; column < 17; column++)
            image[row * BIG + column] = 0.5F;
    lab_digit_cut(image, digit);
    for (int row = 0; row < SMALL; row++)
        for (int column = 0; column < SMALL; column++)
            ck_assert_double_eq_tol(pixel(digit, row, column), column >= 5 && column < 15 ? 0.5 : 0, 1e-6);
}
END_TEST

/* A line of one pixel must not vanish when its length is scaled. */
START_TEST(a_thin_line_stays)
{
    float image[BIG * BIG] = {0}, digit[PIXELS];
    for (int row = 0; row < BIG; row++)
        image[row * BIG + BIG - 1] = 1;
    lab_digit_cut(image, digit);
    for (int row = 0; row < SMALL; row++)
        ck_assert_double_eq_tol(pixel(digit, row, 9), 1, 1e-6);
    ck_assert_double_eq_tol(sum(digit, PIXELS), SMALL, 1e-4);
}
END_TEST

START_TEST(no_ink_is_no_digit)
{
    float image[BIG * BIG] = {0}, digit[PIXELS];
    memset(digit, 1, sizeof digit);
    lab_digit_cut(image, digit);
    for (int i = 0; i < PIXELS; i++)
        ck_assert(digit[i] == 0);
}
END_TEST

START_TEST(the_shipped_digits_come_in_the_order_of_their_classes)
{
    lab_digits digits;
    gt_status status = lab_digits_read(NULL, NULL, &digits);
    if (status == GT_ERR_UNSUPPORTED) /* a build without zlib */
        return;
    ck_assert_msg(status == GT_OK, "%s", gt_last_error());
    ck_assert_int_eq(gt_tensor_dim(digits.x, 0), 5000);
    ck_assert_int_eq(gt_tensor_dim(digits.x, 1), PIXELS);
    const float *x = gt_tensor_data(digits.x);
    for (int64_t i = 0; i < 5000; i++) {
        ck_assert_double_eq(gt_tensor_at(digits.y, i), (double)(i / 500));
        ck_assert_double_gt(sum(x + i * PIXELS, PIXELS), 5);
    }
    for (int64_t i = 0; i < gt_tensor_size(digits.x); i++)
        ck_assert(x[i] >= 0 && x[i] <= 1);
    lab_digits_free(&digits);
}
END_TEST

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static const char *x_path, *y_path;

static void write_array(const char *path, gt_dtype dtype, gt_shape shape, double (*value)(int64_t index))
{
    gt_tensor *tensor = gt_tensor_new(dtype, shape);
    void *values = gt_tensor_data_write(tensor);
    for (int64_t i = 0; i < gt_tensor_size(tensor); i++) {
        const double v = value(i);
        if (dtype == GT_FLOAT32)
            ((float *)values)[i] = (float)v;
        else if (dtype == GT_FLOAT64)
            ((double *)values)[i] = v;
        else if (dtype == GT_INT32)
            ((int32_t *)values)[i] = (int32_t)v;
        else
            ((uint8_t *)values)[i] = (uint8_t)v;
    }
    ck_assert_msg(gt_npy_write(tensor, path) == GT_OK, "%s", gt_last_error());
    gt_tensor_free(tensor);
}

static double sixteenths(int64_t index)
{
    return (double)(index % 33 - 8) / 16; /* some below 0 and above 1, as the course's have */
}

static double thirds(int64_t index)
{
    return (double)(index % 3);
}

static void make_files(void)
{
    scratch_make();
    x_path = scratch_path("X.npy");
    y_path = scratch_path("y.npy");
    write_array(x_path, GT_FLOAT32, GT_SHAPE(6, PIXELS), sixteenths);
    write_array(y_path, GT_UINT8, GT_SHAPE(6, 1), thirds);
}

static lab_digits read_files(void)
{
    lab_digits digits;
    ck_assert_msg(lab_digits_read(x_path, y_path, &digits) == GT_OK, "%s", gt_last_error());
    return digits;
}

static void assert_read(void)
{
    lab_digits digits = read_files();
    ck_assert(gt_tensor_dtype(digits.x) == GT_FLOAT32 && gt_tensor_dtype(digits.y) == GT_INT32);
    ck_assert_int_eq(gt_tensor_dim(digits.x, 0), 6);
    ck_assert_int_eq(gt_tensor_rank(digits.y), 1);
    for (int64_t i = 0; i < gt_tensor_size(digits.x); i++)
        ck_assert_double_eq(gt_tensor_at(digits.x, i), sixteenths(i));
    for (int64_t i = 0; i < 6; i++)
        ck_assert_double_eq(gt_tensor_at(digits.y, i), thirds(i));
    lab_digits_free(&digits);
}

START_TEST(files_are_read_in_the_forms_they_come_in)
{
    assert_read();
    write_array(x_path, GT_FLOAT64, GT_SHAPE(6, PIXELS), sixteenths); /* as the course has it */
    assert_read();
    write_array(y_path, GT_INT32, GT_SHAPE(6), thirds);
    assert_read();
    write_array(y_path, GT_FLOAT64, GT_SHAPE(6, 1), thirds);
    assert_read();
}
END_TEST

static void refused(gt_status status, const char *file, const char *message)
{
    lab_digits digits;
    ck_assert_int_eq(lab_digits_read(x_path, y_path, &digits), status);
    assert_message(file);
    assert_message(message);
    ck_assert(!digits.x && !digits.y);
}

static void refused_images(gt_status status, gt_dtype dtype, gt_shape shape, double (*value)(int64_t),
                           const char *message)
{
    write_array(x_path, dtype, shape, value);
    refused(status, "X.npy", message);
}

static double nan_in_row_2(int64_t index)
{
    return index == 2 * PIXELS + 7 ? NAN : 0;
}

START_TEST(images_that_are_none_are_refused)
{
    const char *shape = "not digits of 400 numbers";
    refused_images(GT_ERR_SHAPE, GT_FLOAT32, GT_SHAPE(6, PIXELS - 1), sixteenths, shape);
    refused_images(GT_ERR_SHAPE, GT_FLOAT32, GT_SHAPE(6, SMALL, SMALL), sixteenths, shape);
    refused_images(GT_ERR_SHAPE, GT_FLOAT32, GT_SHAPE(PIXELS), sixteenths, shape);
    refused_images(GT_ERR_SHAPE, GT_FLOAT32, GT_SHAPE(0, PIXELS), sixteenths, shape);
    refused_images(GT_ERR_SHAPE, GT_FLOAT32, GT_SCALAR, sixteenths, shape);
    refused_images(GT_ERR_DTYPE, GT_UINT8, GT_SHAPE(6, PIXELS), thirds, "it holds uint8");
    refused_images(GT_ERR_VALUE, GT_FLOAT64, GT_SHAPE(6, PIXELS), nan_in_row_2, "row 2 has nan in it");
    scratch_write(x_path, "\223NUMPY\1", 7);
    refused(GT_ERR_FORMAT, "X.npy", "");
    ck_assert_int_eq(unlink(x_path), 0);
    refused(GT_ERR_IO, "X.npy", "No such file");
}
END_TEST

static double up_to_ten(int64_t index)
{
    return (double)(index + 5);
}

static double below_zero(int64_t index)
{
    return index == 3 ? -1 : 1;
}

static double a_half(int64_t index)
{
    return index == 4 ? 0.5 : 1;
}

static double not_a_number(int64_t index)
{
    return index == 1 ? NAN : 1;
}

static void refused_labels(gt_status status, gt_dtype dtype, gt_shape shape, double (*value)(int64_t),
                           const char *message)
{
    write_array(y_path, dtype, shape, value);
    refused(status, "y.npy", message);
}

START_TEST(labels_that_are_none_are_refused)
{
    const char *shape = "not a label for each of 6 digits";
    refused_labels(GT_ERR_SHAPE, GT_UINT8, GT_SHAPE(5), thirds, shape);
    refused_labels(GT_ERR_SHAPE, GT_UINT8, GT_SHAPE(6, 2), thirds, shape);
    refused_labels(GT_ERR_SHAPE, GT_UINT8, GT_SHAPE(1, 6), thirds, shape);
    refused_labels(GT_ERR_SHAPE, GT_UINT8, GT_SHAPE(6, 1, 1), thirds, shape);
    refused_labels(GT_ERR_SHAPE, GT_INT32, GT_SCALAR, thirds, shape);
    refused_labels(GT_ERR_VALUE, GT_INT32, GT_SHAPE(6), up_to_ten, "the label of row 5 is 10, no digit from 0 to 9");
    refused_labels(GT_ERR_VALUE, GT_INT32, GT_SHAPE(6), below_zero, "the label of row 3 is -1");
    refused_labels(GT_ERR_VALUE, GT_FLOAT32, GT_SHAPE(6), a_half, "the label of row 4 is 0.5");
    refused_labels(GT_ERR_VALUE, GT_FLOAT64, GT_SHAPE(6), not_a_number, "the label of row 1 is nan");
    ck_assert_int_eq(unlink(y_path), 0);
    refused(GT_ERR_IO, "y.npy", "No such file");
}
END_TEST

/* ---- using ------------------------------------------------------------------------------------------------------ */

START_TEST(keeping_classes_keeps_their_rows)
{
    lab_digits digits = read_files();
    ck_assert_int_eq(lab_digits_keep(&digits, 2), GT_OK);
    const int rows[] = {0, 1, 3, 4};
    ck_assert_int_eq(gt_tensor_dim(digits.x, 0), 4);
    for (int i = 0; i < 4; i++) {
        ck_assert_double_eq(gt_tensor_at(digits.y, i), thirds(rows[i]));
        ck_assert_double_eq(gt_tensor_at(digits.x, i * PIXELS + 5), sixteenths(rows[i] * PIXELS + 5));
    }
    ck_assert_int_eq(lab_digits_keep(&digits, 3), GT_ERR_VALUE); /* no 2 is left */
    assert_message("no row has the label 2");
    ck_assert_int_eq(gt_tensor_dim(digits.x, 0), 4);
    lab_digits_free(&digits);
}
END_TEST

START_TEST(upright_digits_are_transposed_and_cut_off)
{
    lab_digits digits = read_files();
    gt_tensor *upright = lab_digits_upright(digits.x);
    ck_assert(gt_tensor_rank(upright) == 3 && gt_tensor_dim(upright, 0) == 6 && gt_tensor_dim(upright, 1) == SMALL);
    for (int64_t image = 0; image < 6; image++)
        for (int64_t row = 0; row < SMALL; row++)
            for (int64_t column = 0; column < SMALL; column++) {
                const double stored = sixteenths(image * PIXELS + column * SMALL + row);
                ck_assert_double_eq(gt_tensor_at(upright, image * PIXELS + row * SMALL + column), stored < 0 ? 0
                                                                                                  : stored > 1
                                                                                                      ? 1
                                                                                                      : stored);
            }
    gt_tensor_free(upright);
    lab_digits_free(&digits);
}
END_TEST

int main(void)
{
    return run_suite_with("lab_digits", make_files, scratch_remove,
                          (const suite_test[]){
                              TEST(the_box_with_ink_comes_to_the_middle),
                              TEST(a_box_of_20_is_moved_and_not_scaled),
                              TEST(a_larger_box_is_scaled_by_area),
                              TEST(the_sides_are_scaled_alike),
                              TEST(a_thin_line_stays),
                              TEST(no_ink_is_no_digit),
                              TEST(the_shipped_digits_come_in_the_order_of_their_classes),
                              TEST(files_are_read_in_the_forms_they_come_in),
                              TEST(images_that_are_none_are_refused),
                              TEST(labels_that_are_none_are_refused),
                              TEST(keeping_classes_keeps_their_rows),
                              TEST(upright_digits_are_transposed_and_cut_off),
                              END_OF_TESTS,
                          });
}
