/* The course's 20x20 digits: read from files, or cut from MNIST's 28x28 images, where they are somewhat larger than the
 * course's. */
#include <math.h>
#include <string.h>

#include "models/rows.h"
#include "tools/array_file.h"
#include "tools/digits_folder.h"
#include "tools/lab.h"

enum { SIDE = 20, PIXELS = SIDE * SIDE, CLASSES = 10 };

/* ---- cutting ---------------------------------------------------------------------------------------------------- */

/* The rows and columns with ink: [top, bottom), [left, right). */
typedef struct box {
    int top, bottom, left, right;
} box;

static box ink_of(const float *image)
{
    box b = {LAB_IMAGE_SIDE, 0, LAB_IMAGE_SIDE, 0};
    for (int row = 0; row < LAB_IMAGE_SIDE; row++)
        for (int column = 0; column < LAB_IMAGE_SIDE; column++)
            if (image[row * LAB_IMAGE_SIDE + column] > 0) {
                b.top = row < b.top ? row : b.top;
                b.bottom = row + 1;
                b.left = column < b.left ? column : b.left;
                b.right = column + 1 > b.right ? column + 1 : b.right;
            }
    return b;
}

/* The mean of the image over rows [top, bottom) and columns [left, right), whose ends may lie within pixels. */
static double mean_over(const float *image, double top, double bottom, double left, double right)
{
    double sum = 0;
    for (int row = (int)top; row < bottom; row++) {
        const double height = fmin(bottom, row + 1) - fmax(top, row);
        for (int column = (int)left; column < right; column++)
            sum += height * (fmin(right, column + 1) - fmax(left, column)) * image[row * LAB_IMAGE_SIDE + column];
    }
    return sum / ((bottom - top) * (right - left));
}

/* What `length` pixels become when they are scaled. */
static int scaled(int length, double scale)
{
    const int result = (int)lround(length / scale);
    return result > 0 ? result : 1;
}

void lab_digit_cut(const float *image, float *digit)
{
    memset(digit, 0, PIXELS * sizeof *digit);
    const box ink = ink_of(image);
    const int height = ink.bottom - ink.top, width = ink.right - ink.left;
    if (height <= 0)
        return;
    const int longest = height > width ? height : width;
    const double scale = longest > SIDE ? (double)longest / SIDE : 1;
    const int rows = scaled(height, scale), columns = scaled(width, scale);
    const double row_height = (double)height / rows, column_width = (double)width / columns;
    float *corner = digit + (SIDE - columns) / 2 * SIDE + (SIDE - rows) / 2;
    for (int column = 0; column < columns; column++)
        for (int row = 0; row < rows; row++) {
            const double top = ink.top + row * row_height, left = ink.left + column * column_width;
            const double value = mean_over(image, top, fmin(top + row_height, LAB_IMAGE_SIDE), left,
                                           fmin(left + column_width, LAB_IMAGE_SIDE));
            corner[column * SIDE + row] = (float)value;
        }
}

/* The digits of one class, cut, from row `at` of the result on; returns the row behind them. */
static int64_t cut_class(const gt_tensor *x, const gt_tensor *y, int32_t class_number, float *cut, int32_t *label,
                         int64_t at)
{
    const float *image = gt_tensor_data(x);
    const int32_t *given = gt_tensor_data(y);
    for (int64_t i = 0; i < gt_tensor_size(y); i++)
        if (given[i] == class_number) {
            lab_digit_cut(image + i * LAB_IMAGE_SIDE * LAB_IMAGE_SIDE, cut + at * PIXELS);
            label[at++] = class_number;
        }
    return at;
}

static gt_status cut_shipped(lab_digits *digits)
{
    gt_digits shipped;
    gt_status status = gt_digits_read(digits_folder(), false, &shipped);
    if (status != GT_OK)
        return status;
    const int64_t rows = gt_tensor_size(shipped.train_y) + gt_tensor_size(shipped.test_y);
    digits->x = gt_tensor_new(GT_FLOAT32, GT_SHAPE(rows, PIXELS));
    digits->y = gt_tensor_new(GT_INT32, GT_SHAPE(rows));
    if (digits->x && digits->y) {
        float *cut = gt_tensor_data_write(digits->x);
        int32_t *label = gt_tensor_data_write(digits->y);
        int64_t at = 0;
        for (int32_t k = 0; k < CLASSES; k++) {
            at = cut_class(shipped.train_x, shipped.train_y, k, cut, label, at);
            at = cut_class(shipped.test_x, shipped.test_y, k, cut, label, at);
        }
    }
    gt_digits_free(&shipped);
    return digits->x && digits->y ? GT_OK : GT_ERR_MEMORY;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* (n, 400) numbers, as float32. */
static gt_tensor *read_images(const char *path)
{
    gt_tensor *read = array_file_read(path, NULL);
    if (!read)
        return NULL;
    const gt_shape shape = gt_tensor_shape(read);
    gt_tensor *x = NULL;
    if (shape.rank != 2 || shape.dim[1] != PIXELS || shape.dim[0] == 0)
        gt_fail(GT_ERR_SHAPE, "%s: it holds %s, not digits of 400 numbers: (n, 400)", path, gt_shape_text(&shape).text);
    else if (!gt_dtype_is_real(gt_tensor_dtype(read)))
        gt_fail(GT_ERR_DTYPE, "%s: it holds %s, not floating-point numbers", path,
                gt_dtype_name(gt_tensor_dtype(read)));
    else
        x = gt_tensor_new(GT_FLOAT32, shape);
    if (x && gt_tensor_assign(x, read) != GT_OK) {
        gt_tensor_free(x);
        x = NULL;
    }
    gt_tensor_free(read);
    return x;
}

static gt_status check_finite(const char *path, const gt_tensor *x)
{
    const float *values = gt_tensor_data(x);
    for (int64_t i = 0; i < gt_tensor_size(x); i++)
        if (!isfinite(values[i]))
            return gt_fail(GT_ERR_VALUE, "%s: row %lld has %g in it", path, (long long)(i / PIXELS), (double)values[i]);
    return GT_OK;
}

/* (n) or (n, 1) digits of any dtype, as int32 (n). */
static gt_tensor *copy_labels(const char *path, const gt_tensor *read, int64_t rows)
{
    const gt_shape shape = gt_tensor_shape(read);
    if (shape.rank < 1 || shape.rank > 2 || shape.dim[0] != rows || gt_tensor_size(read) != rows) {
        gt_fail(GT_ERR_SHAPE, "%s: it holds %s, not a label for each of %lld digits", path, gt_shape_text(&shape).text,
                (long long)rows);
        return NULL;
    }
    gt_tensor *y = gt_tensor_new(GT_INT32, GT_SHAPE(rows));
    int32_t *label = y ? gt_tensor_data_write(y) : NULL;
    for (int64_t i = 0; label && i < rows; i++) {
        const double value = gt_tensor_at(read, i);
        if (!(value >= 0 && value < CLASSES && value == floor(value))) {
            gt_fail(GT_ERR_VALUE, "%s: the label of row %lld is %g, no digit from 0 to 9", path, (long long)i, value);
            gt_tensor_free(y);
            return NULL;
        }
        label[i] = (int32_t)value;
    }
    return y;
}

static gt_tensor *read_labels(const char *path, int64_t rows)
{
    gt_tensor *read = array_file_read(path, NULL);
    gt_tensor *y = read ? copy_labels(path, read, rows) : NULL;
    gt_tensor_free(read);
    return y;
}

gt_status lab_digits_read(const char *x_path, const char *y_path, lab_digits *digits)
{
    *digits = (lab_digits){.x = NULL};
    gt_status status = GT_OK;
    if (!x_path) {
        status = cut_shipped(digits);
    } else {
        digits->x = read_images(x_path);
        status = digits->x ? check_finite(x_path, digits->x) : gt_last_status();
        if (status == GT_OK)
            digits->y = read_labels(y_path, gt_tensor_dim(digits->x, 0));
        if (status == GT_OK && !digits->y)
            status = gt_last_status();
    }
    if (status != GT_OK)
        lab_digits_free(digits);
    return status;
}

void lab_digits_free(lab_digits *digits)
{
    gt_tensor_free(digits->x);
    gt_tensor_free(digits->y);
    *digits = (lab_digits){.x = NULL};
}

/* ---- using ------------------------------------------------------------------------------------------------------ */

gt_status lab_digits_keep(lab_digits *digits, int classes)
{
    int32_t list[CLASSES];
    for (int i = 0; i < classes; i++)
        list[i] = i;
    lab_digits kept;
    gt_status status = gt_subset(digits->x, digits->y, classes, list, 0, &kept.x, &kept.y);
    if (status != GT_OK)
        return status;
    lab_digits_free(digits);
    *digits = kept;
    return GT_OK;
}

gt_tensor *lab_digits_upright(const gt_tensor *x)
{
    gt_tensor *upright = gt_tensor_new(GT_FLOAT32, GT_SHAPE(gt_tensor_dim(x, 0), SIDE, SIDE));
    const float *from = gt_tensor_data(x);
    float *to = upright ? gt_tensor_data_write(upright) : NULL;
    for (int64_t i = 0; to && i < gt_tensor_size(x); i++) {
        const int64_t image = i / PIXELS, column = i % PIXELS / SIDE, row = i % SIDE;
        const float value = from[i];
        to[image * PIXELS + row * SIDE + column] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
    return upright;
}
